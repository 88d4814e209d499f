package dev.palimpsest.engine.chat;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An expression of a template; every one knows where it stands in the source. */
sealed interface Expr {
  int offset();

  record Literal(Value value, int offset) implements Expr {}

  record Name(String name, int offset) implements Expr {}

  record ListOf(List<Expr> elements, int offset) implements Expr {}

  record MapOf(List<Entry> entries, int offset) implements Expr {}

  record Attribute(Expr target, String name, int offset) implements Expr {}

  record Index(Expr target, Expr key, int offset) implements Expr {}

  record Slice(Expr target, Optional<Expr> from, Optional<Expr> to, Optional<Expr> step, int offset)
      implements Expr {}

  record Call(Expr callee, Arguments arguments, int offset) implements Expr {}

  record Filter(Expr target, String name, Arguments arguments, int offset) implements Expr {}

  record Test(Expr target, String name, Arguments arguments, int offset) implements Expr {}

  record Not(Expr operand, int offset) implements Expr {}

  record Negative(Expr operand, int offset) implements Expr {}

  record And(Expr left, Expr right, int offset) implements Expr {}

  record Or(Expr left, Expr right, int offset) implements Expr {}

  record Binary(String operator, Expr left, Expr right, int offset) implements Expr {}

  /** {@code a < b <= c}: every operand with its left neighbour. */
  record Comparison(Expr first, List<Operand> rest, int offset) implements Expr {}

  record Conditional(Expr condition, Expr then, Optional<Expr> otherwise, int offset)
      implements Expr {}

  record Entry(Expr key, Expr value) {}

  record Operand(String operator, Expr right) {}

  /** Arguments as written; the named ones in their order. */
  record Arguments(List<Expr> positional, Map<String, Expr> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());
  }
}
