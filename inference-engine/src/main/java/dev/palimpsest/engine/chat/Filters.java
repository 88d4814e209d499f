package dev.palimpsest.engine.chat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.regex.Pattern;

/** The filters behind {@code |} that take any value or a string; those for lists are apart. */
final class Filters {
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?");
  private static final int NUMBER_CHARS = 64;
  private static final int DECIMALS = 20;

  private final Run run;
  private final TextMethods texts;
  private final ListFilters lists;

  Filters(Run run) {
    this.run = run;
    this.texts = new TextMethods(run);
    this.lists = new ListFilters(run, this);
  }

  Value apply(String name, Value value, Arguments arguments) {
    run.charge(Limits.CALL_WORK + (long) value.size());
    return switch (name) {
      case "default", "d" -> fallback(value, arguments.bind(run, "default_value", "boolean"));
      case "tojson" -> JsonText.filter(value, arguments, run);
      case "string", "safe" -> text(value, arguments);
      case "trim" -> texts.strip(Display.of(value, run), arguments.bind(run, "chars"), true, true);
      case "title" -> title(value, arguments);
      case "upper", "lower", "capitalize" -> texts.call(Display.of(value, run), name, arguments);
      case "replace" ->
          texts.replace(Display.of(value, run), arguments.bind(run, "old", "new", "count"));
      case "indent" ->
          indent(Display.of(value, run), arguments.bind(run, "width", "first", "blank"));
      case "escape", "e" -> escape(value, arguments);
      case "int" -> whole(value, arguments.bind(run, "default", "base"));
      case "float" -> real(value, arguments.bind(run, "default"));
      case "abs" -> absolute(value, arguments);
      case "round" -> round(value, arguments.bind(run, "precision", "method"));
      default -> lists.apply(name, value, arguments);
    };
  }

  private Value fallback(Value value, Bound bound) {
    boolean replaced =
        value instanceof Value.Undefined || (bound.flag("boolean", false) && !value.isTrue());
    Value given = bound.has("default_value") ? bound.get("default_value") : new Value.Text("");
    return replaced ? given : value;
  }

  /** Nothing is escaped by itself, so marking as safe only makes a string. */
  private Value text(Value value, Arguments arguments) {
    arguments.bind(run);
    return new Value.Text(Display.of(value, run));
  }

  private Value escape(Value value, Arguments arguments) {
    arguments.bind(run);
    StringBuilder out = new StringBuilder();
    String text = Display.of(value, run);
    for (int i = 0; i < text.length(); i++) {
      switch (text.charAt(i)) {
        case '&' -> run.append(out, "&amp;");
        case '<' -> run.append(out, "&lt;");
        case '>' -> run.append(out, "&gt;");
        case '"' -> run.append(out, "&#34;");
        case '\'' -> run.append(out, "&#39;");
        default -> out.append(text.charAt(i));
      }
    }
    return new Value.Text(out.toString());
  }

  /** Unlike the method of the same name, only blanks and opening brackets begin a word. */
  private Value title(Value value, Arguments arguments) {
    arguments.bind(run);
    String text = Display.of(value, run);
    run.reserve(text.length());
    StringBuilder out = new StringBuilder(text.length());
    boolean starts = true;
    for (int c : text.codePoints().toArray()) {
      out.appendCodePoint(starts ? Character.toUpperCase(c) : Character.toLowerCase(c));
      starts = "-({[<".indexOf(c) >= 0 || Whitespace.is(c);
    }
    return new Value.Text(out.toString());
  }

  private Value indent(String text, Bound bound) {
    String margin =
        bound.get("width") instanceof Value.Text given
            ? given.text()
            : " ".repeat(Math.clamp(bound.integer("width", 4), 0, Limits.INDENT));
    boolean blank = bound.flag("blank", false);
    StringBuilder out = new StringBuilder();
    run.append(out, bound.flag("first", false) ? margin : "");
    boolean first = true;
    for (Value line : texts.lines(text + "\n")) {
      String content = Display.of(line, run);
      run.append(out, first ? "" : "\n");
      run.append(out, first || (content.isEmpty() && !blank) ? "" : margin);
      run.append(out, content);
      first = false;
    }
    return new Value.Text(out.toString());
  }

  private Value whole(Value value, Bound bound) {
    if (bound.integer("base", 10) != 10) {
      throw run.error("only base 10 is known");
    }
    Value fallback = bound.has("default") ? bound.get("default") : new Value.Int(0);
    return switch (value) {
      case Value.Int number -> number;
      case Value.Bool bool -> new Value.Int(Comparisons.whole(bool));
      case Value.Real number -> toWhole(number.number(), fallback);
      case Value.Text text when number(text.text()) -> parsed(text.text().strip(), fallback);
      default -> fallback;
    };
  }

  /** An exponent goes through a float, because 1e-999999999 is a cheap text and a huge decimal. */
  private static Value parsed(String number, Value fallback) {
    return number.contains("e") || number.contains("E")
        ? toWhole(Double.parseDouble(number), fallback)
        : toWhole(new BigDecimal(number), fallback);
  }

  private static Value toWhole(double number, Value fallback) {
    return Double.isFinite(number) ? toWhole(BigDecimal.valueOf(number), fallback) : fallback;
  }

  private static Value toWhole(BigDecimal number, Value fallback) {
    boolean fits = number.precision() - number.scale() <= 18;
    return fits ? new Value.Int(number.setScale(0, RoundingMode.DOWN).longValue()) : fallback;
  }

  /** Short enough to convert quickly, and written as a number. */
  private static boolean number(String text) {
    return text.length() <= NUMBER_CHARS && NUMBER.matcher(text.strip()).matches();
  }

  private Value real(Value value, Bound bound) {
    Value fallback = bound.has("default") ? bound.get("default") : new Value.Real(0);
    if (Comparisons.isNumber(value)) {
      return new Value.Real(Comparisons.real(value));
    }
    return value instanceof Value.Text text && number(text.text())
        ? new Value.Real(Double.parseDouble(text.text().strip()))
        : fallback;
  }

  private Value absolute(Value value, Arguments arguments) {
    arguments.bind(run);
    if (!Comparisons.isNumber(value)) {
      throw run.error("takes a number, not " + value.typeName());
    }
    return Comparisons.real(value) < 0
        ? Arithmetic.apply("-", new Value.Int(0), value, run)
        : value;
  }

  private Value round(Value value, Bound bound) {
    if (!Comparisons.isNumber(value) || !Double.isFinite(Comparisons.real(value))) {
      throw run.error("takes a finite number");
    }
    int precision = Math.clamp(bound.integer("precision", 0), -DECIMALS, DECIMALS);
    RoundingMode mode =
        switch (bound.text("method", "common")) {
          case "common" -> RoundingMode.HALF_EVEN;
          case "ceil" -> RoundingMode.CEILING;
          case "floor" -> RoundingMode.FLOOR;
          default -> throw run.error("the method must be common, ceil or floor");
        };
    BigDecimal exact = new BigDecimal(Comparisons.real(value));
    return new Value.Real(exact.setScale(precision, mode).doubleValue());
  }

  /** For filters that apply another filter to every element. */
  Value applyNamed(Arguments arguments, Value element) {
    List<Value> positional = arguments.positional();
    if (positional.isEmpty() || !(positional.getFirst() instanceof Value.Text name)) {
      throw run.error("takes the name of a filter");
    }
    return apply(name.text(), element, arguments.after(1));
  }
}
