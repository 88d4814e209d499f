package dev.palimpsest.engine.schema;

import java.util.LinkedHashSet;
import java.util.Set;

/** The callers of a subroutine that begins at this byte, while they are being found. */
final class Opening implements Below {
  private final Set<Frame> returns = new LinkedHashSet<>();
  private int depth = Integer.MAX_VALUE;
  private boolean isOver;

  /** One more caller; says whether it is new. */
  boolean add(Frame caller) {
    depth = Math.min(depth, caller.below().depth() + 1);
    return returns.add(caller);
  }

  /** The subroutine can read nothing: whoever calls it can go on at once. */
  void over() {
    isOver = true;
  }

  boolean isOver() {
    return isOver;
  }

  @Override
  public int depth() {
    return depth;
  }

  @Override
  public Set<Frame> returns() {
    return returns;
  }
}
