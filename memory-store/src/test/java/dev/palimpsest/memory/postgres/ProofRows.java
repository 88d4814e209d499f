package dev.palimpsest.memory.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Consolidation;
import dev.palimpsest.memory.DigestSubject;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Revocation;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.SourceName;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.VersionId;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;

/** Rows of what is derived, revoked, erased, digested and linked, for a test of all tables. */
final class ProofRows {
  private ProofRows() {}

  /** A conversation that has news, and two memories of the same text. */
  static void consolidate(PostgresMemory memory, TenantId tenant, NewMemory like) {
    NewMemory same = new NewMemory(like.scope(), like.kind(), like.origin(), like.content(), null);
    MemoryId id = memory.memories().add(tenant, List.of(same)).getFirst().id();
    Memory twin = memory.memories().find(tenant, id, null).orElseThrow();
    Consolidation consolidation = memory.consolidation();
    consolidation.note(
        tenant,
        new Consolidation.News(
            Map.of(
                new DigestSubject.Conversation(Scope.NONE, "talk", "s1"),
                new Consolidation.Seen(twin.change(), twin.learnedAt())),
            List.of(),
            twin.change()));
    Consolidation.Place upTo = new Consolidation.Place(twin.change(), id.value());
    assertEquals(
        1,
        consolidation.link(
            tenant,
            new Consolidation.Linking(List.of(twin), List.of(), null, 0.95, upTo),
            new Consolidation.Spent(LocalDate.EPOCH, 1)));
    assertEquals(2, EntityRows.fill(consolidation, tenant, twin));
  }

  /** One memory that is derived, one that is erased, and a revocation that has reached one. */
  static void prove(PostgresMemory memory, TenantId tenant, NewMemory like, VersionId source) {
    NewMemory made =
        new NewMemory(like.scope(), like.kind(), like.origin(), like.content(), null)
            .from(List.of(source));
    MemoryId erased = memory.memories().add(tenant, List.of(made)).getFirst().id();
    assertTrue(memory.memories().erase(tenant, erased).isPresent());
    MemoryId derived = memory.memories().add(tenant, List.of(made)).getFirst().id();
    Revocation.Request request =
        new Revocation.Request(new SourceName(derived.value()), null, null);
    Revocation begun = memory.audit().revoke(tenant, request);
    assertEquals(1, memory.audit().advance(tenant, begun.id(), 5).memories());
  }
}
