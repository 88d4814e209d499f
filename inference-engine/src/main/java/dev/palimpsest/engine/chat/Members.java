package dev.palimpsest.engine.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Attributes, subscripts and methods. {@code value.name} prefers a method, {@code value['name']} a
 * key, and both fall back to the other; what does not exist is undefined.
 */
final class Members {
  private static final Set<String> MAPPING_METHODS = Set.of("get", "items", "keys", "values");
  private static final Set<String> LIST_METHODS = Set.of("count", "index");

  private Members() {}

  static Value attribute(Value target, String name, Run run) {
    return switch (target) {
      case Value.Mapping mapping ->
          MAPPING_METHODS.contains(name)
              ? new Value.Method(mapping, name)
              : Comparisons.lookup(mapping, new Value.Text(name));
      case Value.Namespace namespace -> namespace.get(name);
      case Value.Loop loop -> loopAttribute(loop, name);
      case Value.Undefined undefined -> throw undefined(undefined, run);
      default -> method(target, name);
    };
  }

  static Value index(Value target, Value key, Run run) {
    run.charge(key.size());
    return switch (target) {
      case Value.Mapping mapping -> key(mapping, key);
      case Value.Items items when key instanceof Value.Int at ->
          element(items.elements(), at.number());
      case Value.Text text when key instanceof Value.Int at ->
          character(text.text(), at.number(), run);
      case Value.Undefined undefined -> throw undefined(undefined, run);
      default ->
          key instanceof Value.Text name
              ? attribute(target, name.text(), run)
              : new Value.Undefined("element of " + target.typeName());
    };
  }

  static Value call(Value.Method method, Arguments arguments, Run run) {
    run.charge(Limits.CALL_WORK + (long) method.receiver().size());
    return switch (method.receiver()) {
      case Value.Text text -> new TextMethods(run).call(text.text(), method.name(), arguments);
      case Value.Mapping mapping -> mappingMethod(mapping, method.name(), arguments, run);
      case Value.Items items -> listMethod(items, method.name(), arguments, run);
      default -> throw run.error("not a method of " + method.receiver().typeName());
    };
  }

  /** The entries of a mapping as lists of two. */
  static Value.Items items(Value.Mapping mapping, Run run) {
    List<Value> pairs = new ArrayList<>();
    for (Map.Entry<Value, Value> entry : mapping.entries().entrySet()) {
      pairs.add(run.items(Value.pair(entry.getKey(), entry.getValue())));
    }
    return run.items(pairs);
  }

  private static ChatTemplateException undefined(Value.Undefined undefined, Run run) {
    return run.error("'" + undefined.name() + "' is undefined");
  }

  private static Value method(Value target, String name) {
    boolean known =
        switch (target) {
          case Value.Text text -> TextMethods.NAMES.contains(name);
          case Value.Items items -> LIST_METHODS.contains(name);
          default -> false;
        };
    return known ? new Value.Method(target, name) : new Value.Undefined(name);
  }

  private static Value key(Value.Mapping mapping, Value key) {
    Value value = Comparisons.lookup(mapping, key);
    return value instanceof Value.Undefined undefined && MAPPING_METHODS.contains(undefined.name())
        ? new Value.Method(mapping, undefined.name())
        : value;
  }

  private static Value element(List<Value> elements, long index) {
    long at = index < 0 ? index + elements.size() : index;
    return at < 0 || at >= elements.size()
        ? new Value.Undefined("element " + index)
        : elements.get((int) at);
  }

  private static Value character(String text, long index, Run run) {
    run.charge(text.length());
    int count = text.codePointCount(0, text.length());
    long at = index < 0 ? index + count : index;
    if (at < 0 || at >= count) {
      return new Value.Undefined("character " + index);
    }
    int offset = text.offsetByCodePoints(0, (int) at);
    return new Value.Text(Character.toString(text.codePointAt(offset)));
  }

  private static Value loopAttribute(Value.Loop loop, String name) {
    int index = loop.index();
    int length = loop.elements().size();
    return switch (name) {
      case "index" -> new Value.Int(index + 1L);
      case "index0" -> new Value.Int(index);
      case "revindex" -> new Value.Int(length - index);
      case "revindex0" -> new Value.Int(length - index - 1L);
      case "first" -> Value.Bool.of(index == 0);
      case "last" -> Value.Bool.of(index == length - 1);
      case "length" -> new Value.Int(length);
      case "previtem" -> neighbour(loop, index - 1, name);
      case "nextitem" -> neighbour(loop, index + 1, name);
      default -> new Value.Undefined("loop." + name);
    };
  }

  private static Value neighbour(Value.Loop loop, int index, String name) {
    return index < 0 || index >= loop.elements().size()
        ? new Value.Undefined("loop." + name)
        : loop.elements().get(index);
  }

  private static Value mappingMethod(
      Value.Mapping mapping, String name, Arguments arguments, Run run) {
    if (name.equals("get")) {
      Bound bound = arguments.bind(run, "key", "default");
      Value value = Comparisons.lookup(mapping, bound.required("key"));
      Value fallback = bound.has("default") ? bound.get("default") : Value.None.NONE;
      return value instanceof Value.Undefined ? fallback : value;
    }
    arguments.bind(run);
    return switch (name) {
      case "items" -> items(mapping, run);
      case "keys" -> run.items(new ArrayList<>(mapping.entries().keySet()));
      case "values" -> run.items(new ArrayList<>(mapping.entries().values()));
      default -> throw run.error("not a method of a mapping");
    };
  }

  private static Value listMethod(Value.Items items, String name, Arguments arguments, Run run) {
    Value wanted = arguments.bind(run, "value").required("value");
    int count = 0;
    for (int i = 0; i < items.elements().size(); i++) {
      boolean found = Comparisons.equal(items.elements().get(i), wanted, run);
      if (found && name.equals("index")) {
        return new Value.Int(i);
      }
      count += found ? 1 : 0;
    }
    if (name.equals("index")) {
      throw run.error("the value is not in the list");
    }
    return new Value.Int(count);
  }
}
