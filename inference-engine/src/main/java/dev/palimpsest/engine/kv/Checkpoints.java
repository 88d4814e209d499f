package dev.palimpsest.engine.kv;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Copies of states at places that may be come to again. They fill the slots that no sequence needs;
 * the longest unused one goes first. For the engine thread.
 */
final class Checkpoints {
  private static final float LOAD_FACTOR = 0.75f;

  private final StatePool states;

  /** The longest unused first. */
  private final LinkedHashMap<Object, StateSlot> recency =
      new LinkedHashMap<>(64, LOAD_FACTOR, true);

  Checkpoints(StatePool states) {
    this.states = states;
  }

  /** Whether the state at a place is known. */
  boolean has(Object place) {
    return recency.containsKey(place);
  }

  /**
   * The state of a sequence that begins.
   *
   * @param from the place up to which it is computed, null where nothing is
   * @return null where all slots are taken now
   */
  @Nullable StateSlot begin(@Nullable Object from) {
    StateSlot source = from == null ? null : recency.get(from);
    if (hasRoom(from)) {
      StateSlot slot = states.take();
      if (source == null) {
        states.clear(slot);
      } else {
        states.copy(source, slot);
      }
      return slot;
    }
    if (source == null || !source.isOwned()) {
      return null;
    }
    // The last one there is: the sequence goes on in it.
    return recency.remove(from);
  }

  /** Gives up what is needed for a free slot, but not the state at one place. */
  private boolean hasRoom(@Nullable Object except) {
    List<Map.Entry<Object, StateSlot>> candidates =
        states.freeSlots() > 0 ? List.of() : new ArrayList<>(recency.entrySet());
    for (int i = 0; i < candidates.size() && states.freeSlots() == 0; i++) {
      Object place = candidates.get(i).getKey();
      if (!place.equals(except)) {
        drop(place);
      }
    }
    return states.freeSlots() > 0;
  }

  /** Keeps a copy of a state, if there is room; says whether there is a new one. */
  boolean keep(Object place, StateSlot state) {
    if (recency.get(place) != null || !hasRoom(null)) {
      return false;
    }
    StateSlot copy = states.take();
    states.copy(state, copy);
    StateSlot other = recency.put(place, copy);
    assert other == null;
    return true;
  }

  /** Holds the state at a place for a reader; the pool takes it back. */
  @Nullable StateSlot hold(Object place) {
    StateSlot slot = recency.get(place);
    if (slot != null) {
      slot.hold();
    }
    return slot;
  }

  /** Forgets the state at a place, if it is known. */
  void drop(Object place) {
    StateSlot slot = recency.remove(place);
    if (slot != null) {
      states.release(slot);
    }
  }

  /** Number of copies. */
  int count() {
    return recency.size();
  }

  /**
   * Checks that the slots add up, given all that are out.
   *
   * @throws IllegalStateException naming what is wrong
   */
  void checkInvariants(Collection<StateSlot> held) {
    List<StateSlot> all = new ArrayList<>(held);
    all.addAll(recency.values());
    states.checkInvariants(all);
  }
}
