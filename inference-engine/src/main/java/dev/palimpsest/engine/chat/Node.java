package dev.palimpsest.engine.chat;

import java.util.List;
import java.util.Optional;

/** A statement of a template, or text to copy. */
sealed interface Node {
  int offset();

  record Plain(String text, int offset) implements Node {}

  record Output(Expr value, int offset) implements Node {}

  record If(List<Branch> branches, List<Node> otherwise, int offset) implements Node {}

  record For(
      List<String> targets,
      Expr source,
      Optional<Expr> filter,
      List<Node> body,
      List<Node> otherwise,
      int offset)
      implements Node {}

  record Assign(Target target, Expr value, int offset) implements Node {}

  /** The rendered body becomes a variable, after the filters. */
  record Capture(Target target, List<FilterCall> filters, List<Node> body, int offset)
      implements Node {}

  /** The rendered body goes through filters to the output. */
  record Filtered(List<FilterCall> filters, List<Node> body, int offset) implements Node {}

  record MacroDefinition(String name, List<Parameter> parameters, List<Node> body, int offset)
      implements Node {}

  record Break(int offset) implements Node {}

  record Continue(int offset) implements Node {}

  record Branch(Expr condition, List<Node> body) {}

  record FilterCall(String name, Expr.Arguments arguments, int offset) {}

  record Parameter(String name, Optional<Expr> fallback) {}

  /** What is assigned to: names (several unpack a list), or an attribute of a namespace. */
  sealed interface Target {
    record Names(List<String> names) implements Target {}

    record Attribute(String namespace, String name) implements Target {}
  }
}
