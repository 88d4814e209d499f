package dev.palimpsest.engine.chat;

import java.math.BigDecimal;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** How values look in the output: Python's {@code str}, and its {@code repr} inside lists. */
final class Display {
  private Display() {}

  static String of(Value value, Run run) {
    return switch (value) {
      case Value.Text text -> text.text();
      case Value.Undefined undefined -> "";
      default -> {
        StringBuilder out = new StringBuilder();
        write(value, run, out);
        yield out.toString();
      }
    };
  }

  /** A float as Python writes it: shortest digits, an exponent below 1e-4 and from 1e16 on. */
  static String ofReal(double number) {
    if (Double.isNaN(number)) {
      return "nan";
    }
    if (Double.isInfinite(number)) {
      return number > 0 ? "inf" : "-inf";
    }
    double size = Math.abs(number);
    if (size != 0 && (size < 1e-4 || size >= 1e16)) {
      return exponent(Double.toString(number));
    }
    String plain = new BigDecimal(Double.toString(number)).toPlainString();
    String signed = number == 0 && 1 / number < 0 ? "-0.0" : plain;
    return signed.contains(".") ? signed : signed + ".0";
  }

  /** Java's {@code 1.0E16} as Python's {@code 1e+16}. */
  private static String exponent(String java) {
    int mark = java.indexOf('E');
    String digits = java.substring(0, mark);
    String power = java.substring(mark + 1);
    boolean negative = power.startsWith("-");
    String size = negative ? power.substring(1) : power;
    return (digits.endsWith(".0") ? digits.substring(0, digits.length() - 2) : digits)
        + (negative ? "e-" : "e+")
        + (size.length() < 2 ? "0" + size : size);
  }

  private static void write(Value value, Run run, StringBuilder out) {
    switch (value) {
      case Value.Undefined undefined -> run.append(out, "Undefined");
      case Value.None none -> run.append(out, "None");
      case Value.Bool bool -> run.append(out, bool.truth() ? "True" : "False");
      case Value.Int number -> run.append(out, Long.toString(number.number()));
      case Value.Real number -> run.append(out, ofReal(number.number()));
      case Value.Text text -> run.append(out, quoted(text.text(), run));
      case Value.Items items -> list(items.elements(), run, out);
      case Value.Mapping mapping -> mapping(mapping.entries(), run, out);
      case Value.Namespace namespace -> throw unprintable(namespace, run);
      case Value.Loop loop -> throw unprintable(loop, run);
      case Value.Macro macro -> throw unprintable(macro, run);
      case Value.Method method -> throw unprintable(method, run);
      case Value.Global global -> throw unprintable(global, run);
    }
  }

  private static ChatTemplateException unprintable(Value value, Run run) {
    return run.error(value.typeName() + " cannot be printed");
  }

  private static void list(List<Value> elements, Run run, StringBuilder out) {
    run.append(out, "[");
    String separator = "";
    for (Value element : elements) {
      run.append(out, separator);
      write(element, run, out);
      separator = ", ";
    }
    run.append(out, "]");
  }

  private static void mapping(Map<Value, Value> entries, Run run, StringBuilder out) {
    run.append(out, "{");
    String separator = "";
    for (Map.Entry<Value, Value> entry : entries.entrySet()) {
      run.append(out, separator);
      write(entry.getKey(), run, out);
      run.append(out, ": ");
      write(entry.getValue(), run, out);
      separator = ", ";
    }
    run.append(out, "}");
  }

  private static String quoted(String text, Run run) {
    run.reserve(text.length());
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    StringBuilder out = new StringBuilder(text.length() + 2).append(quote);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\\' -> out.append("\\\\");
        default -> {
          if (c == quote) {
            out.append('\\').append(c);
          } else if (Character.isISOControl(c) || c == 0xa0 || c == 0xad) {
            out.append("\\x").append(HexFormat.of().toHexDigits((byte) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    return out.append(quote).toString();
  }
}
