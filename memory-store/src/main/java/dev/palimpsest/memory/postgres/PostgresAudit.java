package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.Ancestry;
import dev.palimpsest.memory.ChainHead;
import dev.palimpsest.memory.ChainLink;
import dev.palimpsest.memory.ChainReport;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.MemoryAudit;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Revocation;
import dev.palimpsest.memory.RevocationId;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.VersionId;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Provenance, revocations and the chain over their tables. */
final class PostgresAudit implements MemoryAudit {
  private final AncestryReader ancestors;
  private final RevocationTable revocations;
  private final LinkTable links;
  private final ChainCheck check;

  PostgresAudit(Transactions transactions, InstantSource clock, IdSource ids) {
    ancestors = new AncestryReader(transactions);
    revocations = new RevocationTable(transactions, clock, ids);
    links = new LinkTable(transactions);
    check = new ChainCheck(transactions, links);
  }

  @Override
  public List<Ancestry> ancestry(TenantId tenant, Collection<VersionId> versions) {
    return ancestors.read(tenant, versions);
  }

  @Override
  public Revocation revoke(TenantId tenant, Revocation.Request request) {
    return revocations.begin(tenant, request);
  }

  @Override
  public Revocation advance(TenantId tenant, RevocationId id, int memories) {
    return revocations.advance(tenant, id, memories);
  }

  @Override
  public Optional<Revocation> revocation(TenantId tenant, RevocationId id) {
    return revocations.find(tenant, id);
  }

  @Override
  public List<Revocation> openRevocations(TenantId tenant) {
    return revocations.open(tenant);
  }

  @Override
  public Page<MemoryId> revoked(
      TenantId tenant, RevocationId id, int limit, @Nullable String after) {
    return revocations.reached(tenant, id, limit, after);
  }

  @Override
  public Set<String> revokedRecords(TenantId tenant, String session) {
    return ancestors.revokedRecords(tenant, session);
  }

  @Override
  public ChainHead head(TenantId tenant) {
    return links.head(tenant);
  }

  @Override
  public List<ChainLink> links(TenantId tenant, long after, int limit) {
    return links.after(tenant, after, limit);
  }

  @Override
  public ChainReport verify(TenantId tenant, @Nullable ChainHead known) {
    return check.run(tenant, known);
  }
}
