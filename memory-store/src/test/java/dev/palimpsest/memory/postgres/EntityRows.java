package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Consolidation;
import dev.palimpsest.memory.EntityKind;
import dev.palimpsest.memory.EntityName;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.Mention;
import dev.palimpsest.memory.Named;
import dev.palimpsest.memory.TenantId;
import java.time.LocalDate;
import java.util.List;

/** Rows in the tables of entities, for a test of all tables. */
final class EntityRows {
  /** What whoever names another tenant than {@code second} must not be able to write. */
  static final List<String> INSERTS_FOR_SECOND =
      List.of(
          """
          INSERT INTO entity
            (tenant_id, entity_id, name, name_key, name_sha256, first_key, kind, is_sure,
             canonical_id, learned_at)
          VALUES ('second', 'ent_x', 'X', 'x', sha256('x'), 'x', 'unknown', true, 'ent_x', now())
          """,
          """
          INSERT INTO entity_mention
            (tenant_id, memory_id, version, entity_id, field, span_start, span_end, kind, is_sure)
          VALUES ('second', 'mem_x', 1, 'ent_x', 'text', 0, 1, 'unknown', true)
          """,
          """
          INSERT INTO entity_alias
            (tenant_id, memory_id, version, entity_id, alias_id, span_start, span_end)
          VALUES ('second', 'mem_x', 1, 'ent_x', 'ent_y', 0, 1)
          """,
          """
          INSERT INTO entity_merge (tenant_id, entity_id, into_id, reason, merged_at)
          VALUES ('second', 'ent_x', 'ent_y', 'asked', now())
          """);

  private EntityRows() {}

  /** Two names in a text of five letters, of which the words say that they are the same one's. */
  static int fill(Consolidation consolidation, TenantId tenant, Memory memory) {
    EntityName first = new EntityName("Hel", "hel");
    EntityName second = new EntityName("lo", "lo");
    Named named =
        new Named(
            memory.versionId(),
            memory.scope(),
            List.of(mention(first, 0), mention(second, 3)),
            List.of(new Named.Alias(first, second, new MadeOf.Span(0, 5))));
    return consolidation.name(
        tenant,
        new Consolidation.Naming(
            List.of(named), new Consolidation.Place(memory.change(), memory.id().value())),
        new Consolidation.Spent(LocalDate.EPOCH, 1));
  }

  private static Mention mention(EntityName name, int start) {
    MadeOf.Span span = new MadeOf.Span(start, start + name.text().length());
    return new Mention(name, Mention.Field.TEXT, span, EntityKind.UNKNOWN, true);
  }
}
