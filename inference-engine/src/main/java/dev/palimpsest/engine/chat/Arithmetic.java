package dev.palimpsest.engine.chat;

import java.util.ArrayList;
import java.util.List;

/** The operators between two values, with Python's results. */
final class Arithmetic {
  private Arithmetic() {}

  static Value apply(String operator, Value left, Value right, Run run) {
    if (operator.equals("~")) {
      return concatenate(Display.of(left, run), Display.of(right, run), run);
    }
    if (left instanceof Value.Undefined undefined) {
      throw run.error("'" + undefined.name() + "' is undefined");
    }
    if (right instanceof Value.Undefined undefined) {
      throw run.error("'" + undefined.name() + "' is undefined");
    }
    if (Comparisons.isNumber(left) && Comparisons.isNumber(right)) {
      return numbers(operator, left, right, run);
    }
    if (operator.equals("+") && left instanceof Value.Text a && right instanceof Value.Text b) {
      return concatenate(a.text(), b.text(), run);
    }
    if (operator.equals("+") && left instanceof Value.Items a && right instanceof Value.Items b) {
      List<Value> both = new ArrayList<>(a.elements());
      both.addAll(b.elements());
      return run.items(both);
    }
    if (operator.equals("*") && left instanceof Value.Text text && right instanceof Value.Int n) {
      return repeat(text.text(), n.number(), run);
    }
    if (operator.equals("*") && left instanceof Value.Int n && right instanceof Value.Text text) {
      return repeat(text.text(), n.number(), run);
    }
    throw run.error("cannot be applied to " + left.typeName() + " and " + right.typeName());
  }

  private static Value concatenate(String left, String right, Run run) {
    run.reserve((long) left.length() + right.length());
    return new Value.Text(left + right);
  }

  private static Value repeat(String text, long times, Run run) {
    long count = text.isEmpty() ? 0 : Math.clamp(times, 0, Limits.OUTPUT_CHARS + 1L);
    run.reserve(count * text.length());
    return new Value.Text(text.repeat((int) count));
  }

  private static Value numbers(String operator, Value left, Value right, Run run) {
    boolean real = left instanceof Value.Real || right instanceof Value.Real;
    if (real || operator.equals("/")) {
      return new Value.Real(reals(operator, Comparisons.real(left), Comparisons.real(right), run));
    }
    try {
      return integers(operator, Comparisons.whole(left), Comparisons.whole(right), run);
    } catch (ArithmeticException overflow) {
      throw run.error("the result is beyond 64 bits");
    }
  }

  private static Value integers(String operator, long left, long right, Run run) {
    return switch (operator) {
      case "+" -> new Value.Int(Math.addExact(left, right));
      case "-" -> new Value.Int(Math.subtractExact(left, right));
      case "*" -> new Value.Int(Math.multiplyExact(left, right));
      case "//" -> new Value.Int(Math.floorDivExact(left, nonZero(right, run)));
      case "%" -> new Value.Int(Math.floorMod(left, nonZero(right, run)));
      case "**" -> power(left, right);
      default -> throw new IllegalStateException("unknown operator " + operator);
    };
  }

  private static Value power(long base, long exponent) {
    return exponent < 0
        ? new Value.Real(Math.pow((double) base, (double) exponent))
        : new Value.Int(Math.powExact(base, Math.toIntExact(exponent)));
  }

  private static long nonZero(long divisor, Run run) {
    if (divisor == 0) {
      throw run.error("division by zero");
    }
    return divisor;
  }

  private static double reals(String operator, double left, double right, Run run) {
    boolean divides = operator.equals("/") || operator.equals("//") || operator.equals("%");
    if (divides && right == 0) {
      throw run.error("division by zero");
    }
    return switch (operator) {
      case "+" -> left + right;
      case "-" -> left - right;
      case "*" -> left * right;
      case "/" -> left / right;
      case "//" -> Math.floor(left / right);
      case "%" -> left - right * Math.floor(left / right);
      case "**" -> Math.pow(left, right);
      default -> throw new IllegalStateException("unknown operator " + operator);
    };
  }
}
