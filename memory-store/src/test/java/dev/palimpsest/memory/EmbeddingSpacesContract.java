package dev.palimpsest.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.EmbeddingSpaces.Progress;
import dev.palimpsest.memory.KeptSpace.State;
import dev.palimpsest.memory.MemoryVectors.VersionVectors;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every implementation of {@link EmbeddingSpaces} does. */
public abstract class EmbeddingSpacesContract {
  private static final NewSpace STANDARD = space("standard", 3);
  private static final NewSpace OTHER = space("other", 5);

  private final TestClock clock = new TestClock();
  private Opened store;
  private TenantId tenant;

  /** For subclasses. */
  @SuppressWarnings("NullAway.Init")
  protected EmbeddingSpacesContract() {}

  /** A store's spaces, and what stands in them. */
  public record Opened(EmbeddingSpaces spaces, MemoryVectors vectors, MemoryStore memories) {}

  /** The store under test, empty or with other tenants' rows alone. */
  protected abstract Opened open(TestClock clock, IdSource ids);

  /** A tenant that no other test uses. */
  protected abstract TenantId freshTenant();

  @BeforeEach
  void open() {
    store = open(clock, new CountingIds());
    tenant = freshTenant();
  }

  @Test
  void aTenantWithoutSpacesKeepsVectorsAllTheSame() {
    assertEquals(List.of(), store.spaces.list(tenant));
    assertEquals(Optional.empty(), store.spaces.active(tenant));
    put(STANDARD, add("one"), 0, 1);
    assertEquals(1, nearest(STANDARD).size());
  }

  @Test
  void theFirstSpaceMakesTheStandardOneActiveAndWaits() {
    KeptSpace made = create(OTHER);
    assertEquals(State.FILLING, made.state());
    assertEquals(clock.instant().truncatedTo(ChronoUnit.MICROS), made.createdAt());
    assertEquals(List.of("standard active", "other filling"), states());
    assertEquals(Optional.of("standard"), store.spaces.active(tenant));
    assertEquals(OTHER, made.made());
    var again = store.spaces.create(tenant, OTHER, STANDARD);
    assertEquals(made, assertInstanceOf(SpaceCreation.Existing.class, again).space());
    var standard = store.spaces.create(tenant, STANDARD, STANDARD);
    assertEquals(
        State.ACTIVE, assertInstanceOf(SpaceCreation.Existing.class, standard).space().state());
    assertEquals(List.of(), store.spaces.list(freshTenant()));
  }

  @Test
  void noTenantHasMoreSpacesThanTheLimit() {
    for (int i = 1; i < EmbeddingSpaces.SPACES_MAX; i++) {
      create(space("space-" + i, 3));
      clock.advance(Duration.ofSeconds(1));
    }
    var one = store.spaces.create(tenant, OTHER, STANDARD);
    assertInstanceOf(SpaceCreation.Full.class, one);
    assertEquals(EmbeddingSpaces.SPACES_MAX, states().size());
    assertInstanceOf(SpaceChange.Done.class, store.spaces.drop(tenant, "space-1"));
    assertInstanceOf(
        SpaceCreation.Full.class, store.spaces.create(tenant, OTHER, STANDARD), "still there");
    assertEquals(Optional.empty(), store.spaces.remove(tenant, "space-1", null, 10));
    create(OTHER);
  }

  @Test
  void whatIsFilledIsSwitchedToAndBack() {
    create(OTHER);
    SpaceChange early = store.spaces.activate(tenant, "other");
    assertEquals(State.FILLING, assertInstanceOf(SpaceChange.Refused.class, early).space().state());
    assertEquals(Optional.of("standard"), store.spaces.active(tenant));
    store.spaces.ready(tenant, OTHER.space());
    store.spaces.ready(tenant, STANDARD.space());
    assertEquals(List.of("standard active", "other ready"), states());
    clock.advance(Duration.ofSeconds(5));
    KeptSpace active =
        assertInstanceOf(SpaceChange.Done.class, store.spaces.activate(tenant, "other")).space();
    assertEquals(clock.instant().truncatedTo(ChronoUnit.MICROS), active.activatedAt());
    assertEquals(List.of("standard ready", "other active"), states());
    clock.advance(Duration.ofSeconds(5));
    long before = store.memories.lastChange(tenant);
    SpaceChange again = store.spaces.activate(tenant, "other");
    assertEquals(active, assertInstanceOf(SpaceChange.Done.class, again).space());
    assertEquals(before, store.memories.lastChange(tenant));
    assertInstanceOf(SpaceChange.Done.class, store.spaces.activate(tenant, "standard"));
    assertEquals(Optional.of("standard"), store.spaces.active(tenant));
    assertInstanceOf(SpaceChange.Missing.class, store.spaces.activate(tenant, "none"));
    assertInstanceOf(SpaceChange.Missing.class, store.spaces.activate(freshTenant(), "other"));
  }

  @Test
  void makingSwitchingAndDroppingLeaveAChangeEach() {
    create(OTHER);
    store.spaces.ready(tenant, OTHER.space());
    store.spaces.ready(tenant, STANDARD.space());
    store.spaces.activate(tenant, "other");
    store.spaces.drop(tenant, "standard");
    store.spaces.drop(tenant, "standard");
    assertEquals(3, store.memories.lastChange(tenant));
  }

  @Test
  void theStandardOneIsMadeBySomebodyWhoAsksForItAndFollowersAreTold() {
    SpaceCreation made = store.spaces.create(tenant, STANDARD, STANDARD);
    assertEquals(
        State.ACTIVE, assertInstanceOf(SpaceCreation.Existing.class, made).space().state());
    assertEquals(1, store.memories.lastChange(tenant));
    SpaceCreation again = store.spaces.create(tenant, STANDARD, STANDARD);
    assertInstanceOf(SpaceCreation.Existing.class, again);
    assertEquals(1, store.memories.lastChange(tenant));
    assertEquals(List.of("standard active"), states());
  }

  @Test
  void progressCountsMemoriesAsTheyAreNow() {
    create(OTHER);
    MemoryId one = add("one");
    long first = store.memories.lastChange(tenant);
    add("two");
    assertEquals(new Progress(0, 2), store.spaces.progress(tenant, OTHER.space()));
    put(OTHER, one, 0, first);
    assertEquals(new Progress(1, 2), store.spaces.progress(tenant, OTHER.space()));
    put(OTHER, one, first, store.memories.lastChange(tenant));
    assertEquals(new Progress(2, 2), store.spaces.progress(tenant, OTHER.space()));
    assertTrue(store.memories.revise(tenant, one, MemoryText.of("uno")).isPresent());
    assertEquals(new Progress(1, 2), store.spaces.progress(tenant, OTHER.space()));
    assertTrue(store.memories.erase(tenant, one).isPresent());
    assertEquals(new Progress(1, 1), store.spaces.progress(tenant, OTHER.space()));
    assertEquals(new Progress(0, 1), store.spaces.progress(tenant, STANDARD.space()));
    assertEquals(new Progress(0, 0), store.spaces.progress(freshTenant(), OTHER.space()));
  }

  @Test
  void aDroppedSpaceIsEmptiedInSharesAndTakesNothingMore() {
    create(OTHER);
    List<MemoryId> ids = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      ids.add(add("number " + i));
      put(OTHER, ids.getLast(), 0, store.memories.lastChange(tenant));
      put(STANDARD, ids.getLast(), 0, store.memories.lastChange(tenant));
    }
    assertEquals(Optional.empty(), store.spaces.remove(tenant, "other", null, 2));
    assertEquals(5, nearest(OTHER).size(), "what is not dropped is not removed");
    SpaceChange refused = store.spaces.drop(tenant, "standard");
    assertInstanceOf(SpaceChange.Refused.class, refused);
    assertInstanceOf(SpaceChange.Done.class, store.spaces.drop(tenant, "other"));
    assertInstanceOf(SpaceChange.Done.class, store.spaces.drop(tenant, "other"));
    assertInstanceOf(SpaceChange.Missing.class, store.spaces.activate(tenant, "other"));
    put(OTHER, ids.getFirst(), 0, 99);
    Optional<MemoryId> next = store.spaces.remove(tenant, "other", null, 2);
    assertEquals(Optional.of(ids.get(1)), next);
    assertEquals(3, nearest(OTHER).size());
    assertEquals(List.of("standard active", "other dropped"), states());
    next = store.spaces.remove(tenant, "other", ids.get(1), 2);
    assertEquals(Optional.of(ids.get(3)), next);
    assertEquals(Optional.empty(), store.spaces.remove(tenant, "other", ids.get(3), 2));
    assertEquals(List.of("standard active"), states());
    assertEquals(List.of(), nearest(OTHER));
    assertEquals(0, store.vectors.checkpoint(tenant, OTHER.space()));
    assertEquals(5, nearest(STANDARD).size());
    put(OTHER, ids.getFirst(), 0, 99);
    assertEquals(List.of(), nearest(OTHER), "it is none of the tenant's spaces");
    assertInstanceOf(SpaceChange.Missing.class, store.spaces.drop(tenant, "other"));
    assertInstanceOf(SpaceChange.Missing.class, store.spaces.drop(freshTenant(), "standard"));
    assertThrows(
        IllegalArgumentException.class, () -> store.spaces.remove(tenant, "other", null, 0));
  }

  @Test
  void whatWasReadBeforeASpaceWasBegunAnewIsNotWritten() {
    create(OTHER);
    MemoryId one = add("one");
    long read = store.memories.lastChange(tenant);
    put(OTHER, one, 0, read);
    MemoryId two = add("two");
    assertInstanceOf(SpaceChange.Done.class, store.spaces.drop(tenant, "other"));
    assertEquals(Optional.empty(), store.spaces.remove(tenant, "other", null, 10));
    create(OTHER);
    put(OTHER, two, read, store.memories.lastChange(tenant));
    assertEquals(0, store.vectors.checkpoint(tenant, OTHER.space()));
    assertEquals(List.of(), nearest(OTHER));
    put(OTHER, two, 0, store.memories.lastChange(tenant));
    assertEquals(1, nearest(OTHER).size());
  }

  private KeptSpace create(NewSpace wanted) {
    SpaceCreation made = store.spaces.create(tenant, wanted, STANDARD);
    return assertInstanceOf(SpaceCreation.Created.class, made).space();
  }

  private List<String> states() {
    return store.spaces.list(tenant).stream()
        .map(space -> space.id() + " " + space.state().name().toLowerCase(Locale.ROOT))
        .sorted(Comparator.comparing(text -> text.startsWith("standard") ? 0 : 1))
        .toList();
  }

  private MemoryId add(String text) {
    NewMemory memory =
        new NewMemory(
            Scope.NONE,
            MemoryKind.EPISODE,
            new Origin("test", null, null, 0),
            MemoryText.of(text),
            null);
    return store.memories.add(tenant, List.of(memory)).getFirst().id();
  }

  private void put(NewSpace space, MemoryId id, long after, long checkpoint) {
    VersionVectors vectors = new VersionVectors(id, 1, List.of(axis(space)));
    store.vectors.put(tenant, space.space(), List.of(vectors), after, checkpoint);
  }

  private List<MemoryId> nearest(NewSpace space) {
    return store
        .vectors
        .nearest(tenant, space.space(), axis(space), MemoryFilter.of(Scope.NONE), 10)
        .stream()
        .map(MemoryVectors.Near::id)
        .toList();
  }

  private static Embedding axis(NewSpace space) {
    float[] values = new float[space.space().dimensions()];
    values[0] = 1;
    return Embedding.normalised(values);
  }

  private static NewSpace space(String id, int dimensions) {
    return new NewSpace(new EmbeddingSpace(id, dimensions), "model of " + id, "0a".repeat(32));
  }
}
