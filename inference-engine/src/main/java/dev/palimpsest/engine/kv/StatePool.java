package dev.palimpsest.engine.kv;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;

/**
 * The memory of all recurrent states of an engine: one slab, allocated at once and owned by the
 * pool, in slots that are handed out and taken back. A state cannot be cut or shared like pages,
 * because every token changes all of it; it is copied. For the engine thread; the memory of a slot
 * may be used by whoever has it.
 */
public final class StatePool implements AutoCloseable {
  private static final int ALIGNMENT = 64;

  private final StateLayout layout;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment slab;
  private final int[] free;
  private int freeCount;

  /**
   * @param slots number of states; the slab takes {@code slots · layout.stateBytes()}
   */
  public StatePool(StateLayout layout, int slots) {
    if (slots < 1) {
      throw new IllegalArgumentException("a pool has at least one state, not " + slots);
    }
    this.layout = layout;
    this.slab = arena.allocate(Math.multiplyExact(slots, layout.stateBytes()), ALIGNMENT);
    this.free = new int[slots];
    for (int i = 0; i < slots; i++) {
      free[i] = slots - 1 - i;
    }
    freeCount = slots;
  }

  /** How states are laid out. */
  public StateLayout layout() {
    return layout;
  }

  /** The slab, borrowed; valid until the pool is closed. */
  public MemorySegment slab() {
    return slab;
  }

  /** Number of slots, free or not. */
  public int slots() {
    return free.length;
  }

  /** Slots that nobody has. */
  public int freeSlots() {
    return freeCount;
  }

  /**
   * Takes a slot. Its content is what the last owner left.
   *
   * @throws IllegalStateException if there is none; ask {@link #freeSlots} first
   */
  public StateSlot take() {
    if (freeCount == 0) {
      throw new IllegalStateException("all " + slots() + " states are taken");
    }
    return new StateSlot(free[--freeCount]);
  }

  /** Gives a slot back; it becomes free when nobody else holds it. */
  public void release(StateSlot slot) {
    if (slot.letGo()) {
      free[freeCount++] = slot.index();
    }
  }

  /** Makes a state that of a sequence without tokens. */
  public void clear(StateSlot slot) {
    MemorySegment ignored = memory(slot).fill((byte) 0);
  }

  /** Copies one state over another. */
  public void copy(StateSlot from, StateSlot to) {
    MemorySegment ignored = memory(to).copyFrom(memory(from));
  }

  /** The memory of a state, borrowed while the slot is held. */
  public MemorySegment memory(StateSlot slot) {
    slot.requireHeld();
    return slab.asSlice(slot.index() * layout.stateBytes(), layout.stateBytes());
  }

  /**
   * Checks that slots and counts add up.
   *
   * @param held the slots that are out, each as often as it is held
   * @throws IllegalStateException naming what is wrong
   */
  public void checkInvariants(Collection<StateSlot> held) {
    int[] expected = new int[slots()];
    for (StateSlot slot : held) {
      slot.requireHeld();
      expected[slot.index()]++;
    }
    for (StateSlot slot : held) {
      if (expected[slot.index()] != slot.holders()) {
        throw new IllegalStateException(
            "state "
                + slot.index()
                + " counts "
                + slot.holders()
                + " holders and has "
                + expected[slot.index()]);
      }
    }
    for (int i = 0; i < freeCount; i++) {
      if (expected[free[i]]++ != 0) {
        throw new IllegalStateException("state " + free[i] + " is free and taken, or free twice");
      }
    }
    for (int i = 0; i < slots(); i++) {
      if (expected[i] == 0) {
        throw new IllegalStateException("state " + i + " is lost");
      }
    }
  }

  /** Frees the slab; nothing may read it any more. */
  @Override
  public void close() {
    arena.close();
  }
}
