package dev.palimpsest.engine.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The functions that every template sees. */
final class Globals {
  private Globals() {}

  static String nameOf(Value.Global global) {
    return global.name().toLowerCase(Locale.ROOT);
  }

  static Value call(Value.Global global, Arguments arguments, Run run) {
    return switch (global) {
      case RANGE -> range(arguments, run);
      case NAMESPACE -> namespace(arguments, run);
      case DICT -> run.mapping(entries(arguments, run));
      case RAISE_EXCEPTION ->
          throw run.refusal(Display.of(arguments.bind(run, "message").required("message"), run));
      case STRFTIME_NOW -> {
        String format = arguments.bind(run, "format").requiredText("format");
        yield new Value.Text(DateFormat.format(format, run));
      }
    };
  }

  private static Value range(Arguments arguments, Run run) {
    boolean oneBound = arguments.positional().size() == 1;
    Bound bound =
        oneBound ? arguments.bind(run, "stop") : arguments.bind(run, "start", "stop", "step");
    long start = bound.integer("start", 0);
    long stop = bound.integer("stop", 0);
    long step = bound.integer("step", 1);
    bound.required("stop");
    if (step == 0) {
      throw run.error("the step is zero");
    }
    List<Value> numbers = new ArrayList<>();
    for (long at = start; step > 0 ? at < stop : at > stop; at += step) {
      run.charge(Limits.ELEMENT_WORK);
      numbers.add(new Value.Int(at));
      if (step > 0 ? at > stop - step : at < stop - step) {
        break;
      }
    }
    return run.items(numbers);
  }

  private static Value namespace(Arguments arguments, Run run) {
    Value.Namespace namespace = new Value.Namespace();
    entries(arguments, run).forEach((name, value) -> namespace.set(Display.of(name, run), value));
    return namespace;
  }

  /** The entries of mappings given by position, then the named arguments. */
  private static Map<Value, Value> entries(Arguments arguments, Run run) {
    Map<Value, Value> entries = new LinkedHashMap<>();
    for (Value argument : arguments.positional()) {
      if (!(argument instanceof Value.Mapping mapping)) {
        throw run.error("takes mappings and named arguments, not " + argument.typeName());
      }
      run.charge(mapping.size());
      entries.putAll(mapping.entries());
    }
    arguments.named().forEach((name, value) -> entries.put(new Value.Text(name), value));
    return entries;
  }
}
