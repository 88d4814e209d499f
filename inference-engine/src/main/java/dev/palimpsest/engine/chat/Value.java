package dev.palimpsest.engine.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What an expression of a template evaluates to. All but {@link Namespace} are immutable. */
sealed interface Value {

  /** What a name or an attribute that does not exist evaluates to; the name is for messages. */
  record Undefined(String name) implements Value {}

  enum None implements Value {
    NONE
  }

  record Bool(boolean truth) implements Value {
    static final Bool TRUE = new Bool(true);
    static final Bool FALSE = new Bool(false);

    static Bool of(boolean truth) {
      return truth ? TRUE : FALSE;
    }
  }

  record Int(long number) implements Value {}

  record Real(double number) implements Value {}

  record Text(String text) implements Value {}

  /** A list; tuples are lists too. Made by {@link Run#items}, which keeps the limits. */
  record Items(List<Value> elements, int depth) implements Value {
    public Items {
      elements = Collections.unmodifiableList(elements);
    }
  }

  /** A mapping in insertion order. Made by {@link Run#mapping}, which keeps the limits. */
  record Mapping(Map<Value, Value> entries, int depth) implements Value {
    public Mapping {
      entries = Collections.unmodifiableMap(entries);
    }
  }

  /** The one value that a template can change; the way out of the scope of a loop. */
  final class Namespace implements Value {
    private final Map<String, Value> attributes = new HashMap<>();

    Value get(String name) {
      return attributes.getOrDefault(name, new Undefined(name));
    }

    void set(String name, Value value) {
      attributes.put(name, value);
    }
  }

  /** The variable {@code loop}: where a loop stands. */
  record Loop(List<Value> elements, int index) implements Value {}

  record Macro(Node.MacroDefinition definition, Scope scope) implements Value {}

  /** A method of a value, not yet called. */
  record Method(Value receiver, String name) implements Value {}

  /** A function that every template sees. */
  enum Global implements Value {
    RANGE,
    NAMESPACE,
    DICT,
    RAISE_EXCEPTION,
    STRFTIME_NOW
  }

  /** How messages call the type. */
  default String typeName() {
    return switch (this) {
      case Undefined undefined -> "undefined";
      case None none -> "none";
      case Bool bool -> "a boolean";
      case Int number -> "an integer";
      case Real number -> "a float";
      case Text text -> "a string";
      case Items items -> "a list";
      case Mapping mapping -> "a mapping";
      case Namespace namespace -> "a namespace";
      case Loop loop -> "a loop";
      case Macro macro -> "a macro";
      case Method method -> "a method";
      case Global global -> "a function";
    };
  }

  /** Emptiness counts as false, as in Python. */
  default boolean isTrue() {
    return switch (this) {
      case Undefined undefined -> false;
      case None none -> false;
      case Bool bool -> bool.truth();
      case Int number -> number.number() != 0;
      case Real number -> number.number() != 0;
      case Text text -> !text.text().isEmpty();
      case Items items -> !items.elements().isEmpty();
      case Mapping mapping -> !mapping.entries().isEmpty();
      case Namespace namespace -> true;
      case Loop loop -> true;
      case Macro macro -> true;
      case Method method -> true;
      case Global global -> true;
    };
  }

  /** Work of reading the value once, not counting what its elements hold. */
  default int size() {
    return switch (this) {
      case Text text -> text.text().length();
      case Items items -> items.elements().size();
      case Mapping mapping -> mapping.entries().size();
      case Undefined undefined -> 1;
      case None none -> 1;
      case Bool bool -> 1;
      case Int number -> 1;
      case Real number -> 1;
      case Namespace namespace -> 1;
      case Loop loop -> 1;
      case Macro macro -> 1;
      case Method method -> 1;
      case Global global -> 1;
    };
  }

  /** Levels of lists and mappings in the value; 0 for everything else. */
  default int depthOf() {
    return switch (this) {
      case Items items -> items.depth();
      case Mapping mapping -> mapping.depth();
      default -> 0;
    };
  }

  static List<Value> pair(Value first, Value second) {
    return new ArrayList<>(List.of(first, second));
  }
}
