package dev.palimpsest.memory;

import dev.palimpsest.memory.KeptSpace.State;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Spaces in lists; the reference for what {@link EmbeddingSpaces} means. */
public final class InMemorySpaces implements EmbeddingSpaces {
  private final Map<TenantId, List<KeptSpace>> tenants = new HashMap<>();
  private final InMemoryMemory.Guard guard;
  private final ChangeList changes;
  private final InMemoryMemoryStore memories;
  private final InstantSource clock;
  private @Nullable InMemoryVectors vectors;

  InMemorySpaces(
      InMemoryMemory.Guard guard,
      ChangeList changes,
      InMemoryMemoryStore memories,
      InstantSource clock) {
    this.guard = guard;
    this.changes = changes;
    this.memories = memories;
    this.clock = clock;
  }

  void keep(InMemoryVectors kept) {
    vectors = kept;
  }

  /** Whether vectors are written there; within the guard. */
  boolean isLive(TenantId tenant, EmbeddingSpace space) {
    return of(tenant).isEmpty()
        || of(tenant).stream()
            .anyMatch(one -> one.made().space().equals(space) && one.state() != State.DROPPED);
  }

  @Override
  public List<KeptSpace> list(TenantId tenant) {
    return guard.inTransaction("list spaces", () -> List.copyOf(of(tenant)));
  }

  @Override
  public Optional<String> active(TenantId tenant) {
    return list(tenant).stream()
        .filter(space -> space.state() == State.ACTIVE)
        .map(KeptSpace::id)
        .findAny();
  }

  @Override
  public SpaceCreation create(TenantId tenant, NewSpace wanted, NewSpace standard) {
    return guard.inTransaction(
        "create space",
        () -> {
          boolean isFirst = of(tenant).isEmpty();
          if (isFirst) {
            of(tenant).add(new KeptSpace(standard, State.ACTIVE, now(), null, null));
          }
          Optional<KeptSpace> known = find(tenant, wanted.space().id());
          if (known.isPresent() && isFirst) {
            tell(tenant, known.get(), "embedding_space_created");
          }
          if (known.isPresent()) {
            return new SpaceCreation.Existing(known.get());
          }
          if (of(tenant).size() >= SPACES_MAX) {
            return new SpaceCreation.Full();
          }
          KeptSpace made = new KeptSpace(wanted, State.FILLING, now(), null, null);
          of(tenant).add(made);
          tell(tenant, made, "embedding_space_created");
          return new SpaceCreation.Created(made);
        });
  }

  @Override
  public SpaceChange activate(TenantId tenant, String id) {
    return guard.inTransaction(
        "activate space",
        () -> {
          Optional<KeptSpace> found = find(tenant, id);
          if (found.isEmpty() || found.get().state() == State.DROPPED) {
            return new SpaceChange.Missing();
          }
          if (found.get().state() != State.READY) {
            return found.get().state() == State.ACTIVE
                ? new SpaceChange.Done(found.get())
                : new SpaceChange.Refused(found.get());
          }
          of(tenant).replaceAll(one -> one.state() == State.ACTIVE ? inactive(one) : one);
          KeptSpace active =
              new KeptSpace(
                  found.get().made(),
                  State.ACTIVE,
                  found.get().createdAt(),
                  found.get().readyAt(),
                  now());
          put(tenant, active);
          tell(tenant, active, "embedding_space_activated");
          return new SpaceChange.Done(active);
        });
  }

  @Override
  public void ready(TenantId tenant, EmbeddingSpace space) {
    guard.inTransaction(
        "mark space ready",
        () -> {
          find(tenant, space.id())
              .filter(one -> one.readyAt() == null && one.state() != State.DROPPED)
              .ifPresent(one -> {
                State state = one.state() == State.FILLING ? State.READY : one.state();
                put(
                    tenant,
                    new KeptSpace(one.made(), state, one.createdAt(), now(), one.activatedAt()));
              });
          return true;
        });
  }

  @Override
  public SpaceChange drop(TenantId tenant, String id) {
    return guard.inTransaction(
        "drop space",
        () -> {
          Optional<KeptSpace> found = find(tenant, id);
          if (found.isEmpty()) {
            return new SpaceChange.Missing();
          }
          if (found.get().state() == State.ACTIVE) {
            return new SpaceChange.Refused(found.get());
          }
          KeptSpace dropped = in(State.DROPPED, found.get());
          if (found.get().state() != State.DROPPED) {
            put(tenant, dropped);
            tell(tenant, dropped, "embedding_space_dropped");
          }
          return new SpaceChange.Done(dropped);
        });
  }

  @Override
  public Optional<MemoryId> remove(TenantId tenant, String id, @Nullable MemoryId after, int most) {
    Page.requireLimit(most);
    return guard.inTransaction(
        "remove vectors",
        () -> {
          Optional<KeptSpace> dropped =
              find(tenant, id).filter(one -> one.state() == State.DROPPED);
          if (dropped.isEmpty()) {
            return Optional.empty();
          }
          Optional<MemoryId> next =
              Objects.requireNonNull(vectors)
                  .remove(tenant, dropped.get().made().space(), after, most);
          if (next.isEmpty()) {
            of(tenant).remove(dropped.get());
          }
          return next;
        });
  }

  @Override
  public Progress progress(TenantId tenant, EmbeddingSpace space) {
    return guard.inTransaction(
        "count memories",
        () -> {
          long reached = Objects.requireNonNull(vectors).checkpoint(tenant, space);
          long total = newest(tenant, 0);
          return new Progress(total - newest(tenant, reached), total);
        });
  }

  private long newest(TenantId tenant, long after) {
    return memories.changes(tenant, after, Page.LIMIT_MAX).stream()
        .flatMap(change -> change.versions().stream())
        .filter(Memory::isNewest)
        .map(Memory::id)
        .distinct()
        .count();
  }

  private void tell(TenantId tenant, KeptSpace space, String kind) {
    long number = changes.add(tenant, kind, space.id(), now());
    assert number > 0;
  }

  private static KeptSpace inactive(KeptSpace one) {
    return in(one.readyAt() == null ? State.FILLING : State.READY, one);
  }

  private static KeptSpace in(State state, KeptSpace one) {
    return new KeptSpace(one.made(), state, one.createdAt(), one.readyAt(), one.activatedAt());
  }

  private void put(TenantId tenant, KeptSpace space) {
    of(tenant).replaceAll(one -> one.id().equals(space.id()) ? space : one);
  }

  private Optional<KeptSpace> find(TenantId tenant, String id) {
    return of(tenant).stream().filter(one -> one.id().equals(id)).findAny();
  }

  private List<KeptSpace> of(TenantId tenant) {
    return tenants.computeIfAbsent(tenant, t -> new ArrayList<>());
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MICROS);
  }
}
