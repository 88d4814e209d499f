package dev.palimpsest.engine.schema;

import java.util.List;

/** The callers of a subroutine when all of them are known. Immutable; equal ones are one object. */
final class Context implements Below {
  private final List<Frame> returns;
  private final int depth;

  private Context(List<Frame> returns, int depth) {
    this.returns = returns;
    this.depth = depth;
  }

  /** Under the whole, which returns nowhere. */
  static Context bottom() {
    return new Context(List.of(), 1);
  }

  static Context of(List<Frame> returns) {
    int least = returns.stream().mapToInt(each -> each.below().depth()).min().orElseThrow();
    return new Context(returns, least + 1);
  }

  @Override
  public int depth() {
    return depth;
  }

  @Override
  public List<Frame> returns() {
    return returns;
  }
}
