package dev.palimpsest.engine.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The filters that take or make lists. */
final class ListFilters {
  private static final Arguments NONE = new Arguments(List.of(), Map.of());

  private final Run run;
  private final Filters filters;

  ListFilters(Run run, Filters filters) {
    this.run = run;
    this.filters = filters;
  }

  Value apply(String name, Value value, Arguments arguments) {
    return switch (name) {
      case "map" -> map(value, arguments);
      case "select", "reject" -> select(value, arguments, name.equals("select"));
      case "selectattr", "rejectattr" ->
          selectAttribute(value, arguments, name.equals("selectattr"));
      case "sort" -> sort(value, arguments.bind(run, "reverse", "case_sensitive", "attribute"));
      case "dictsort" -> dictsort(value, arguments.bind(run, "case_sensitive", "by", "reverse"));
      case "unique" -> unique(value, arguments.bind(run, "case_sensitive", "attribute"));
      case "join" -> join(value, arguments.bind(run, "d", "attribute"));
      case "sum" -> sum(value, arguments.bind(run, "attribute", "start"));
      case "min", "max" -> extreme(value, arguments, name.equals("min"));
      case "length", "count", "first", "last", "list", "reverse", "items" -> {
        arguments.bind(run);
        yield simple(name, value);
      }
      default -> throw run.error("unknown filter");
    };
  }

  /** Filters without arguments. */
  private Value simple(String name, Value value) {
    return switch (name) {
      case "length", "count" -> length(value);
      case "first" -> first(Elements.of(value, run));
      case "last" -> first(Elements.of(value, run).reversed());
      case "list" -> run.items(new ArrayList<>(Elements.of(value, run)));
      case "reverse" -> reverse(value);
      case "items" -> items(value);
      default -> throw new IllegalStateException("unknown filter " + name);
    };
  }

  private Value length(Value value) {
    return switch (value) {
      case Value.Text text -> new Value.Int(text.text().codePointCount(0, text.size()));
      case Value.Items items -> new Value.Int(items.size());
      case Value.Mapping mapping -> new Value.Int(mapping.size());
      case Value.Undefined undefined -> new Value.Int(0);
      default -> throw run.error(value.typeName() + " has no length");
    };
  }

  private static Value first(List<Value> elements) {
    return elements.isEmpty()
        ? new Value.Undefined("an element of an empty list")
        : elements.getFirst();
  }

  private Value reverse(Value value) {
    if (value instanceof Value.Text text) {
      run.charge(text.size());
      return new Value.Text(new StringBuilder(text.text()).reverse().toString());
    }
    return run.items(new ArrayList<>(Elements.of(value, run).reversed()));
  }

  private Value items(Value value) {
    return switch (value) {
      case Value.Mapping mapping -> Members.items(mapping, run);
      case Value.Undefined undefined -> run.items(List.of());
      default -> throw run.error("takes a mapping, not " + value.typeName());
    };
  }

  private Value map(Value value, Arguments arguments) {
    List<Value> mapped = new ArrayList<>();
    boolean byAttribute = arguments.named().containsKey("attribute");
    Bound bound = byAttribute ? arguments.bind(run, "attribute", "default") : NONE.bind(run);
    for (Value element : Elements.of(value, run)) {
      if (byAttribute) {
        Value found = attribute(element, bound.get("attribute"));
        boolean absent = found instanceof Value.Undefined && bound.has("default");
        mapped.add(absent ? bound.get("default") : found);
      } else {
        mapped.add(filters.applyNamed(arguments, element));
      }
    }
    return run.items(mapped);
  }

  private Value select(Value value, Arguments arguments, boolean wanted) {
    List<Value> selected = new ArrayList<>();
    for (Value element : Elements.of(value, run)) {
      if (passes(element, arguments) == wanted) {
        selected.add(element);
      }
    }
    return run.items(selected);
  }

  private Value selectAttribute(Value value, Arguments arguments, boolean wanted) {
    if (arguments.positional().isEmpty()) {
      throw run.error("takes the name of an attribute");
    }
    Value name = arguments.positional().getFirst();
    List<Value> selected = new ArrayList<>();
    for (Value element : Elements.of(value, run)) {
      if (passes(attribute(element, name), arguments.after(1)) == wanted) {
        selected.add(element);
      }
    }
    return run.items(selected);
  }

  /** The first argument names a test, the rest belong to it; without any the truth decides. */
  private boolean passes(Value value, Arguments arguments) {
    if (arguments.positional().isEmpty()) {
      return value.isTrue();
    }
    if (!(arguments.positional().getFirst() instanceof Value.Text test)) {
      throw run.error("takes the name of a test");
    }
    return Predicates.holds(test.text(), value, arguments.after(1), run);
  }

  /** Follows a path of names and numbers with dots between them. */
  private Value attribute(Value value, Value path) {
    if (path instanceof Value.Int) {
      return Members.index(value, path, run);
    }
    String names = Display.of(path, run);
    run.charge((long) names.length() * Limits.NODE_WORK);
    Value found = value;
    for (String name : names.split("\\.", -1)) {
      boolean number =
          !name.isEmpty() && name.length() < 10 && name.chars().allMatch(c -> c >= '0' && c <= '9');
      Value key = number ? new Value.Int(Long.parseLong(name)) : new Value.Text(name);
      found = Members.index(found, key, run);
    }
    return found;
  }

  private Value sort(Value value, Bound bound) {
    List<Value> sorted = new ArrayList<>(Elements.of(value, run));
    Comparator<Value> order = order(bound, element -> byAttribute(element, bound));
    sorted.sort(bound.flag("reverse", false) ? order.reversed() : order);
    return run.items(sorted);
  }

  private Value dictsort(Value value, Bound bound) {
    if (!(value instanceof Value.Mapping mapping)) {
      throw run.error("takes a mapping, not " + value.typeName());
    }
    int part =
        switch (bound.text("by", "key")) {
          case "key" -> 0;
          case "value" -> 1;
          default -> throw run.error("the argument 'by' must be key or value");
        };
    List<Value> pairs = new ArrayList<>(Members.items(mapping, run).elements());
    Comparator<Value> order = order(bound, pair -> ((Value.Items) pair).elements().get(part));
    pairs.sort(bound.flag("reverse", false) ? order.reversed() : order);
    return run.items(pairs);
  }

  private interface Key {
    Value of(Value element);
  }

  private Comparator<Value> order(Bound bound, Key key) {
    boolean exact = bound.flag("case_sensitive", false);
    return (left, right) ->
        Comparisons.compare(folded(key.of(left), exact), folded(key.of(right), exact), run);
  }

  private Value folded(Value value, boolean exact) {
    if (exact || !(value instanceof Value.Text text)) {
      return value;
    }
    run.charge(text.size());
    return new Value.Text(text.text().toLowerCase(Locale.ROOT));
  }

  private Value byAttribute(Value element, Bound bound) {
    Value path = bound.get("attribute");
    boolean whole = path instanceof Value.Undefined || path instanceof Value.None;
    return whole ? element : attribute(element, path);
  }

  private Value unique(Value value, Bound bound) {
    boolean exact = bound.flag("case_sensitive", false);
    List<Value> seen = new ArrayList<>();
    List<Value> kept = new ArrayList<>();
    for (Value element : Elements.of(value, run)) {
      Value key = folded(byAttribute(element, bound), exact);
      if (!Comparisons.containsEqual(seen, key, run)) {
        seen.add(key);
        kept.add(element);
      }
    }
    return run.items(kept);
  }

  private Value join(Value value, Bound bound) {
    List<Value> parts = new ArrayList<>();
    for (Value element : Elements.of(value, run)) {
      parts.add(byAttribute(element, bound));
    }
    return new TextMethods(run).join(run.items(parts), Display.of(bound.get("d"), run));
  }

  private Value sum(Value value, Bound bound) {
    Value total = bound.has("start") ? bound.get("start") : new Value.Int(0);
    for (Value element : Elements.of(value, run)) {
      total = Arithmetic.apply("+", total, byAttribute(element, bound), run);
    }
    return total;
  }

  private Value extreme(Value value, Arguments arguments, boolean smallest) {
    Bound bound = arguments.bind(run, "case_sensitive", "attribute");
    Comparator<Value> order = order(bound, element -> byAttribute(element, bound));
    List<Value> elements = Elements.of(value, run);
    if (elements.isEmpty()) {
      return first(elements);
    }
    return smallest ? Collections.min(elements, order) : Collections.max(elements, order);
  }
}
