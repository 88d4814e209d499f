package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Ancestry;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryAudit;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.VersionId;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;

/** Reads where versions come from, within transactions of its own. */
final class AncestryReader {
  private final Transactions transactions;

  AncestryReader(Transactions transactions) {
    this.transactions = transactions;
  }

  /** The import of a version, and where in its file. */
  private record Imported(@Nullable String importId, @Nullable Long offset) {
    private static final Imported NONE = new Imported(null, null);
  }

  List<Ancestry> read(TenantId tenant, Collection<VersionId> versions) {
    if (versions.size() > MemoryAudit.ANCESTRY_MAX) {
      throw new IllegalArgumentException("more than " + MemoryAudit.ANCESTRY_MAX + " versions");
    }
    if (versions.isEmpty()) {
      return List.of();
    }
    Set<VersionId> wanted = new TreeSet<>(versions);
    List<MemoryId> memories = wanted.stream().map(VersionId::id).distinct().toList();
    return transactions.inTenant(
        tenant,
        "read provenance",
        session -> {
          Map<VersionId, Imported> imports = imports(session, tenant, memories);
          Map<VersionId, List<MadeOf>> sources =
              session.doReturningWork(
                  connection -> new SourceTable(connection, tenant).sources(memories));
          return MemoryReader.versions(session, tenant, memories).stream()
              .filter(memory -> wanted.contains(memory.versionId()))
              .map(memory -> ancestry(memory, sources, imports))
              .toList();
        });
  }

  /** By the index of conversations, which holds newest versions. */
  Set<String> revokedRecords(TenantId tenant, String session) {
    return transactions.inTenant(
        tenant,
        "find what is revoked",
        open ->
            Set.copyOf(
                open.createNativeQuery(
                        """
                        SELECT record_id
                        FROM memory_version
                        WHERE tenant_id = :tenant AND left(session_name, 64) = left(:session, 64)
                          AND session_name = :session AND superseded_at IS NULL
                          AND source = :sessions AND record_id IS NOT NULL
                          AND revoked_at IS NOT NULL
                        """,
                        String.class)
                    .setParameter("tenant", tenant.value())
                    .setParameter("session", session)
                    .setParameter("sessions", Origin.OF_SESSIONS)
                    .getResultList()));
  }

  private static Ancestry ancestry(
      Memory memory, Map<VersionId, List<MadeOf>> sources, Map<VersionId, Imported> imports) {
    Imported imported = imports.getOrDefault(memory.versionId(), Imported.NONE);
    return new Ancestry(
        memory,
        sources.getOrDefault(memory.versionId(), List.of()),
        imported.importId,
        imported.offset);
  }

  /** A write that an import made has the import as its subject. */
  private static Map<VersionId, Imported> imports(
      StatelessSession session, TenantId tenant, List<MemoryId> memories) {
    Map<VersionId, Imported> imports = new HashMap<>();
    for (Object[] row :
        session
            .createNativeQuery(
                """
                SELECT v.memory_id, v.version, c.subject, v.import_offset
                FROM memory_version v
                JOIN change c ON c.tenant_id = v.tenant_id AND c.number = v.change_number
                JOIN import i ON i.tenant_id = c.tenant_id AND i.import_id = c.subject
                WHERE v.tenant_id = :tenant AND v.memory_id = ANY (:ids)
                """,
                Object[].class)
            .setParameter("tenant", tenant.value())
            .setParameter("ids", memories.stream().map(MemoryId::value).toArray(String[]::new))
            .getResultList()) {
      Number offset = (Number) row[3];
      imports.put(
          new VersionId(new MemoryId((String) row[0]), ((Number) row[1]).intValue()),
          new Imported((String) row[2], offset == null ? null : offset.longValue()));
    }
    return imports;
  }
}
