package dev.palimpsest.memory;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The changes of all tenants, for the test double. Callers hold its guard. */
public final class ChangeList {
  private final Map<TenantId, List<Change>> changes = new HashMap<>();
  private final Map<TenantId, Long> heads = new HashMap<>();

  ChangeList() {}

  /** Adds a change and returns its number. */
  public long add(TenantId tenant, String kind, String subject, Instant at) {
    long number = heads.merge(tenant, 1L, Long::sum);
    of(tenant).add(new Change(tenant, number, kind, subject, at));
    return number;
  }

  /** Forgets what was said of {@code subject}. */
  public void forget(TenantId tenant, String subject) {
    of(tenant).removeIf(change -> change.subject().equals(subject));
  }

  /** At most {@code limit} changes above {@code after}. */
  public List<Change> after(TenantId tenant, long after, int limit) {
    return of(tenant).stream().filter(c -> c.number() > after).limit(limit).toList();
  }

  /** When something was last changed, of what was written up to a moment. */
  public Optional<Instant> lastOf(TenantId tenant, String subject, Instant upTo) {
    return of(tenant).stream()
        .filter(change -> change.subject().equals(subject) && !change.at().isAfter(upTo))
        .map(Change::at)
        .max(Comparator.naturalOrder());
  }

  /** The newest number of the tenant; 0 when there is none. */
  public long head(TenantId tenant) {
    return heads.getOrDefault(tenant, 0L);
  }

  /** The newest numbers of all who have one, in order of name. */
  SortedMap<TenantId, Long> heads() {
    SortedMap<TenantId, Long> sorted = new TreeMap<>(Comparator.comparing(TenantId::value));
    sorted.putAll(heads);
    return sorted;
  }

  private List<Change> of(TenantId tenant) {
    return changes.computeIfAbsent(tenant, t -> new ArrayList<>());
  }
}
