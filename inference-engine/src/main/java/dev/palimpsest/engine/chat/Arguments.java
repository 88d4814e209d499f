package dev.palimpsest.engine.chat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The evaluated arguments of a call, a filter or a test. */
record Arguments(List<Value> positional, Map<String, Value> named) {

  /** Gives every argument the name of its parameter; too many or unknown ones are errors. */
  Bound bind(Run run, List<String> parameters) {
    if (positional.size() > parameters.size()) {
      throw run.error(
          "takes at most " + parameters.size() + " arguments, got " + positional.size());
    }
    Map<String, Value> values = new HashMap<>();
    for (int i = 0; i < positional.size(); i++) {
      values.put(parameters.get(i), positional.get(i));
    }
    named.forEach((name, value) -> {
      if (!parameters.contains(name) || values.put(name, value) != null) {
        throw run.error("unexpected argument '" + name + "'");
      }
    });
    return new Bound(run, values);
  }

  Bound bind(Run run, String... parameters) {
    return bind(run, List.of(parameters));
  }

  /** The arguments without the first {@code count} positional ones. */
  Arguments after(int count) {
    return new Arguments(
        positional.subList(Math.min(count, positional.size()), positional.size()), named);
  }
}
