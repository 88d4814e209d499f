package dev.palimpsest.engine.kv;

/**
 * The place of one state in a {@link StatePool}. Belongs to whoever took it, and to all that hold
 * it, until the last of them gives it back; for the engine thread.
 */
public final class StateSlot {
  private final int index;
  private int holders = 1;

  StateSlot(int index) {
    this.index = index;
  }

  /** The pool's number of the slot. */
  public int index() {
    return index;
  }

  /** Whether only one has it. */
  boolean isOwned() {
    return holders == 1;
  }

  int holders() {
    return holders;
  }

  void hold() {
    requireHeld();
    holders++;
  }

  /** Says whether that was the last. */
  boolean letGo() {
    requireHeld();
    holders--;
    return holders == 0;
  }

  void requireHeld() {
    if (holders == 0) {
      throw new IllegalStateException("the state was already given back");
    }
  }
}
