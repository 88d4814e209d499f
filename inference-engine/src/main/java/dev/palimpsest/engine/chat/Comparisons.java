package dev.palimpsest.engine.chat;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** Equality, order and membership. */
final class Comparisons {
  private Comparisons() {}

  static boolean holds(String operator, Value left, Value right, Run run) {
    return switch (operator) {
      case "==" -> equal(left, right, run);
      case "!=" -> !equal(left, right, run);
      case "<" -> compare(left, right, run) < 0;
      case "<=" -> compare(left, right, run) <= 0;
      case ">" -> compare(left, right, run) > 0;
      case ">=" -> compare(left, right, run) >= 0;
      case "in" -> contains(right, left, run);
      case "not in" -> !contains(right, left, run);
      default -> throw new IllegalStateException("unknown comparison " + operator);
    };
  }

  /** Numbers and booleans are equal by number, everything else by type and content. */
  static boolean equal(Value left, Value right, Run run) {
    run.charge(1 + Math.min(left.size(), right.size()));
    if (isNumber(left) && isNumber(right)) {
      return !isNan(left) && !isNan(right) && compareNumbers(left, right) == 0;
    }
    return switch (left) {
      case Value.Text text -> text.equals(right);
      case Value.Items items ->
          right instanceof Value.Items other && equalLists(items.elements(), other.elements(), run);
      case Value.Mapping mapping ->
          right instanceof Value.Mapping other
              && equalMaps(mapping.entries(), other.entries(), run);
      case Value.Undefined undefined -> right instanceof Value.Undefined;
      default -> left == right;
    };
  }

  private static boolean equalLists(List<Value> left, List<Value> right, Run run) {
    if (left.size() != right.size()) {
      return false;
    }
    for (int i = 0; i < left.size(); i++) {
      if (!equal(left.get(i), right.get(i), run)) {
        return false;
      }
    }
    return true;
  }

  private static boolean equalMaps(Map<Value, Value> left, Map<Value, Value> right, Run run) {
    if (left.size() != right.size()) {
      return false;
    }
    for (Map.Entry<Value, Value> entry : left.entrySet()) {
      Value other = right.get(entry.getKey());
      if (other == null || !equal(entry.getValue(), other, run)) {
        return false;
      }
    }
    return true;
  }

  /** A total order within numbers and within strings (by code point); anything else is an error. */
  static int compare(Value left, Value right, Run run) {
    run.charge(1 + Math.min(left.size(), right.size()));
    if (isNumber(left) && isNumber(right)) {
      return compareNumbers(left, right);
    }
    if (left instanceof Value.Text a && right instanceof Value.Text b) {
      return compareTexts(a.text(), b.text());
    }
    throw run.error(left.typeName() + " and " + right.typeName() + " have no order");
  }

  static boolean contains(Value container, Value element, Run run) {
    run.charge(1 + container.size() + element.size());
    return switch (container) {
      case Value.Text text -> {
        if (!(element instanceof Value.Text part)) {
          throw run.error(element.typeName() + " cannot be in a string");
        }
        run.chargeSearch(text.text(), part.text());
        yield text.text().contains(part.text());
      }
      case Value.Items items -> containsEqual(items.elements(), element, run);
      case Value.Mapping mapping -> !(lookup(mapping, element) instanceof Value.Undefined);
      case Value.Undefined undefined -> false;
      default -> throw run.error(container.typeName() + " contains nothing");
    };
  }

  static boolean containsEqual(List<Value> elements, Value element, Run run) {
    for (Value candidate : elements) {
      if (equal(candidate, element, run)) {
        return true;
      }
    }
    return false;
  }

  /** Checks that the value may be a key: content that cannot change, and cheap to hash. */
  static Value key(Value value, Run run) {
    return switch (value) {
      case Value.Text text -> text;
      case Value.Int number -> number;
      case Value.Bool bool -> bool;
      case Value.None none -> none;
      default -> throw run.error(value.typeName() + " cannot be a key");
    };
  }

  /** The value of a key, or undefined. What cannot be a key is not hashed: it may be huge. */
  static Value lookup(Value.Mapping mapping, Value key) {
    boolean possible =
        switch (key) {
          case Value.Text text -> true;
          case Value.Int number -> true;
          case Value.Bool bool -> true;
          case Value.None none -> true;
          default -> false;
        };
    Value value = possible ? mapping.entries().get(key) : null;
    return value == null ? new Value.Undefined(nameOf(key)) : value;
  }

  private static String nameOf(Value key) {
    return key instanceof Value.Text text ? text.text() : key.typeName() + " as key";
  }

  static boolean isNumber(Value value) {
    return value instanceof Value.Int || value instanceof Value.Real || value instanceof Value.Bool;
  }

  private static boolean isNan(Value value) {
    return value instanceof Value.Real real && Double.isNaN(real.number());
  }

  private static int compareNumbers(Value left, Value right) {
    if (left instanceof Value.Int a && right instanceof Value.Int b) {
      return Long.compare(a.number(), b.number());
    }
    boolean finite = Double.isFinite(real(left)) && Double.isFinite(real(right));
    return finite ? exact(left).compareTo(exact(right)) : Double.compare(real(left), real(right));
  }

  private static BigDecimal exact(Value number) {
    return number instanceof Value.Real real
        ? new BigDecimal(real.number())
        : BigDecimal.valueOf(whole(number));
  }

  static double real(Value number) {
    return number instanceof Value.Real real ? real.number() : whole(number);
  }

  static long whole(Value number) {
    return switch (number) {
      case Value.Int whole -> whole.number();
      case Value.Bool bool -> bool.truth() ? 1 : 0;
      default -> throw new IllegalStateException("not a whole number");
    };
  }

  /** UTF-16 order differs from that of code points where a surrogate meets U+E000 and above. */
  private static int compareTexts(String left, String right) {
    int common = 0;
    int shorter = Math.min(left.length(), right.length());
    while (common < shorter && left.charAt(common) == right.charAt(common)) {
      common++;
    }
    if (common == shorter) {
      return Integer.compare(left.length(), right.length());
    }
    char a = left.charAt(common);
    char b = right.charAt(common);
    boolean surrogates = Character.isSurrogate(a) != Character.isSurrogate(b);
    return surrogates ? (Character.isSurrogate(a) ? 1 : -1) : Character.compare(a, b);
  }
}
