package dev.palimpsest.engine.chat;

import java.util.Locale;

/** The tests behind {@code is}. */
final class Predicates {
  private Predicates() {}

  static boolean holds(String name, Value value, Arguments arguments, Run run) {
    run.charge(Limits.CALL_WORK);
    return switch (name) {
      case "divisibleby",
          "eq",
          "equalto",
          "==",
          "ne",
          "gt",
          "greaterthan",
          "ge",
          "lt",
          "lessthan",
          "le",
          "in",
          "sameas" ->
          withArgument(name, value, arguments.bind(run, "other").required("other"), run);
      default -> alone(name, value, arguments, run);
    };
  }

  private static boolean withArgument(String name, Value value, Value other, Run run) {
    return switch (name) {
      case "divisibleby" ->
          Comparisons.equal(Arithmetic.apply("%", value, other, run), new Value.Int(0), run);
      case "eq", "equalto", "==" -> Comparisons.equal(value, other, run);
      case "ne" -> !Comparisons.equal(value, other, run);
      case "gt", "greaterthan" -> Comparisons.compare(value, other, run) > 0;
      case "ge" -> Comparisons.compare(value, other, run) >= 0;
      case "lt", "lessthan" -> Comparisons.compare(value, other, run) < 0;
      case "le" -> Comparisons.compare(value, other, run) <= 0;
      case "in" -> Comparisons.contains(other, value, run);
      case "sameas" -> value.getClass() == other.getClass() && Comparisons.equal(value, other, run);
      default -> throw new IllegalStateException("unknown test " + name);
    };
  }

  private static boolean alone(String name, Value value, Arguments arguments, Run run) {
    boolean holds = holds(name, value, run);
    arguments.bind(run);
    return holds;
  }

  private static boolean holds(String name, Value value, Run run) {
    return switch (name) {
      case "defined" -> !(value instanceof Value.Undefined);
      case "undefined" -> value instanceof Value.Undefined;
      case "none" -> value instanceof Value.None;
      case "boolean" -> value instanceof Value.Bool;
      case "true" -> value instanceof Value.Bool bool && bool.truth();
      case "false" -> value instanceof Value.Bool bool && !bool.truth();
      case "integer" -> value instanceof Value.Int;
      case "float" -> value instanceof Value.Real;
      case "number" -> Comparisons.isNumber(value);
      case "string" -> value instanceof Value.Text;
      case "mapping" -> value instanceof Value.Mapping;
      case "iterable", "sequence" -> Elements.iterable(value);
      case "callable" -> callable(value);
      case "odd" -> remainder(value, run) == 1;
      case "even" -> remainder(value, run) == 0;
      case "lower" -> cased(value, false, run);
      case "upper" -> cased(value, true, run);
      default -> throw run.error("unknown test");
    };
  }

  private static boolean callable(Value value) {
    return value instanceof Value.Macro
        || value instanceof Value.Method
        || value instanceof Value.Global;
  }

  private static double remainder(Value value, Run run) {
    return Comparisons.real(Arithmetic.apply("%", value, new Value.Int(2), run));
  }

  private static boolean cased(Value value, boolean upper, Run run) {
    String text = Display.of(value, run);
    run.charge(text.length());
    String changed = upper ? text.toUpperCase(Locale.ROOT) : text.toLowerCase(Locale.ROOT);
    return text.equals(changed) && text.codePoints().anyMatch(Character::isLetter);
  }
}
