package dev.palimpsest.engine.schema;

/**
 * Where a subroutine returns to. Several that call the same subroutine at the same byte share one,
 * so that what could be read in very many ways is held once (a graph-structured stack: Tomita,
 * "Efficient Parsing for Natural Language", 1986). Compared by identity.
 */
sealed interface Below permits Context, Opening {
  /** How deep subroutines are nested here, on the shortest way down; 1 is the whole. */
  int depth();

  /** The frames that go on when the subroutine returns. */
  Iterable<Frame> returns();
}
