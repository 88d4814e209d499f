package dev.palimpsest.engine.chat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * The filter {@code tojson} as transformers defines it: Python's {@code json.dumps}, nothing
 * escaped that need not be, keys in their order.
 */
final class JsonText {
  private final Run run;
  private final StringBuilder out = new StringBuilder();
  private final String margin;
  private final String comma;
  private final String colon;
  private final boolean sorted;
  private final boolean ascii;

  private JsonText(Run run, Bound bound) {
    this.run = run;
    this.margin = margin(bound);
    boolean given = bound.get("separators") instanceof Value.Items;
    this.comma = given ? separator(bound, 0) : margin.isEmpty() ? ", " : ",";
    this.colon = given ? separator(bound, 1) : ": ";
    this.sorted = bound.flag("sort_keys", false);
    this.ascii = bound.flag("ensure_ascii", false);
  }

  static Value filter(Value value, Arguments arguments, Run run) {
    Bound bound = arguments.bind(run, "ensure_ascii", "indent", "separators", "sort_keys");
    JsonText json = new JsonText(run, bound);
    json.write(value, 0);
    return new Value.Text(json.out.toString());
  }

  /** Empty for one line, otherwise a line end and one level of indentation. */
  private static String margin(Bound bound) {
    Value indent = bound.get("indent");
    if (indent instanceof Value.Undefined || indent instanceof Value.None) {
      return "";
    }
    if (indent instanceof Value.Text text) {
      return "\n" + text.text();
    }
    return "\n" + " ".repeat(Math.clamp(bound.integer("indent", 0), 0, Limits.INDENT));
  }

  private static String separator(Bound bound, int index) {
    Value.Items separators = (Value.Items) bound.get("separators");
    if (separators.size() == 2 && separators.elements().get(index) instanceof Value.Text text) {
      return text.text();
    }
    throw bound.run().error("the argument 'separators' must be two strings");
  }

  private void write(Value value, int level) {
    switch (value) {
      case Value.None none -> run.append(out, "null");
      case Value.Bool bool -> run.append(out, bool.truth() ? "true" : "false");
      case Value.Int number -> run.append(out, Long.toString(number.number()));
      case Value.Real number -> run.append(out, real(number.number()));
      case Value.Text text -> string(text.text());
      case Value.Items items -> list(items.elements(), level);
      case Value.Mapping mapping -> mapping(mapping.entries(), level);
      case Value.Undefined undefined -> throw run.error("'" + undefined.name() + "' is undefined");
      case Value.Namespace namespace -> throw unwritable(namespace);
      case Value.Loop loop -> throw unwritable(loop);
      case Value.Macro macro -> throw unwritable(macro);
      case Value.Method method -> throw unwritable(method);
      case Value.Global global -> throw unwritable(global);
    }
  }

  private ChatTemplateException unwritable(Value value) {
    return run.error(value.typeName() + " has no JSON form");
  }

  private static String real(double number) {
    if (Double.isFinite(number)) {
      return Display.ofReal(number);
    }
    return Double.isNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
  }

  private void list(List<Value> elements, int level) {
    run.append(out, "[");
    for (Iterator<Value> rest = elements.iterator(); rest.hasNext(); ) {
      newLine(level + 1);
      write(rest.next(), level + 1);
      run.append(out, rest.hasNext() ? comma : "");
    }
    close(elements.isEmpty(), level, "]");
  }

  private void mapping(Map<Value, Value> entries, int level) {
    List<Map.Entry<Value, Value>> ordered = new ArrayList<>(entries.entrySet());
    if (sorted) {
      ordered.sort(
          Comparator.comparing(Map.Entry::getKey, (a, b) -> Comparisons.compare(a, b, run)));
    }
    run.append(out, "{");
    for (Iterator<Map.Entry<Value, Value>> rest = ordered.iterator(); rest.hasNext(); ) {
      Map.Entry<Value, Value> entry = rest.next();
      newLine(level + 1);
      key(entry.getKey());
      run.append(out, colon);
      write(entry.getValue(), level + 1);
      run.append(out, rest.hasNext() ? comma : "");
    }
    close(entries.isEmpty(), level, "}");
  }

  /** Keys are strings in JSON; others are written as their JSON text in quotes. */
  private void key(Value key) {
    if (key instanceof Value.Text text) {
      string(text.text());
      return;
    }
    run.append(out, "\"");
    write(key, 0);
    run.append(out, "\"");
  }

  private void newLine(int level) {
    if (!margin.isEmpty()) {
      run.append(out, "\n");
      for (int i = 0; i < level; i++) {
        run.append(out, margin.substring(1));
      }
    }
  }

  private void close(boolean empty, int level, String bracket) {
    if (!empty) {
      newLine(level);
    }
    run.append(out, bracket);
  }

  private void string(String text) {
    run.charge(text.length());
    run.append(out, "\"");
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      String escape = escape(text.charAt(i));
      if (!escape.isEmpty()) {
        run.append(out, text.substring(start, i));
        run.append(out, escape);
        start = i + 1;
      }
    }
    run.append(out, text.substring(start));
    run.append(out, "\"");
  }

  /** The escape of a character, or the empty string where it stands for itself. */
  private String escape(char c) {
    return switch (c) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      case '\b' -> "\\b";
      case '\f' -> "\\f";
      default -> c < ' ' || (ascii && c > '~') ? "\\u" + HexFormat.of().toHexDigits(c) : "";
    };
  }
}
