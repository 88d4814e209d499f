package dev.palimpsest.engine.chat;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Variables of a template, a loop turn or a macro call; what is not here is looked up outside. */
final class Scope {
  private final Optional<Scope> outer;
  private final int depth;
  private final Map<String, Value> variables = new HashMap<>();

  private Scope(Optional<Scope> outer) {
    this.outer = outer;
    this.depth = outer.map(scope -> scope.depth + 1).orElse(0);
  }

  /** The outermost scope: the functions that every template sees. */
  static Scope root() {
    Scope scope = new Scope(Optional.empty());
    scope.set("range", Value.Global.RANGE);
    scope.set("namespace", Value.Global.NAMESPACE);
    scope.set("dict", Value.Global.DICT);
    scope.set("raise_exception", Value.Global.RAISE_EXCEPTION);
    scope.set("strftime_now", Value.Global.STRFTIME_NOW);
    return scope;
  }

  Scope inner() {
    return new Scope(Optional.of(this));
  }

  /** How many scopes are around this one. */
  int depth() {
    return depth;
  }

  Value get(String name) {
    for (Scope scope = this; ; scope = scope.outer.get()) {
      Value value = scope.variables.get(name);
      if (value != null) {
        return value;
      }
      if (scope.outer.isEmpty()) {
        return new Value.Undefined(name);
      }
    }
  }

  void set(String name, Value value) {
    variables.put(name, value);
  }
}
