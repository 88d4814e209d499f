package dev.palimpsest.engine.chat;

import java.util.Map;

/** Arguments under the names of their parameters, read with the type that is wanted. */
record Bound(Run run, Map<String, Value> values) {

  /** The argument, or undefined where it was not given. */
  Value get(String name) {
    return values.getOrDefault(name, new Value.Undefined(name));
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  Value required(String name) {
    Value value = values.get(name);
    if (value == null) {
      throw run.error("the argument '" + name + "' is missing");
    }
    return value;
  }

  /** A string; none counts as not given. */
  String text(String name, String fallback) {
    return switch (get(name)) {
      case Value.Text text -> text.text();
      case Value.Undefined undefined -> fallback;
      case Value.None none -> fallback;
      case Value other -> throw wrongType(name, "a string", other);
    };
  }

  String requiredText(String name) {
    if (required(name) instanceof Value.Text text) {
      return text.text();
    }
    throw wrongType(name, "a string", required(name));
  }

  /** An integer; none counts as not given. */
  long integer(String name, long fallback) {
    return switch (get(name)) {
      case Value.Int number -> number.number();
      case Value.Bool bool -> bool.truth() ? 1 : 0;
      case Value.Undefined undefined -> fallback;
      case Value.None none -> fallback;
      case Value other -> throw wrongType(name, "an integer", other);
    };
  }

  boolean flag(String name, boolean fallback) {
    return has(name) ? get(name).isTrue() : fallback;
  }

  private ChatTemplateException wrongType(String name, String wanted, Value found) {
    return run.error("the argument '" + name + "' must be " + wanted + ", not " + found.typeName());
  }
}
