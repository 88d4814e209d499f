package dev.palimpsest.engine.chat;

import java.util.ArrayList;
import java.util.List;

/** What a loop over a value meets: elements, keys or characters. Nothing for undefined. */
final class Elements {
  private Elements() {}

  static List<Value> of(Value value, Run run) {
    run.charge(value.size());
    return switch (value) {
      case Value.Items items -> items.elements();
      case Value.Mapping mapping -> List.copyOf(mapping.entries().keySet());
      case Value.Text text -> characters(text.text(), run);
      case Value.Undefined undefined -> List.of();
      default -> throw run.error(value.typeName() + " cannot be iterated");
    };
  }

  static boolean iterable(Value value) {
    return switch (value) {
      case Value.Items items -> true;
      case Value.Mapping mapping -> true;
      case Value.Text text -> true;
      case Value.Undefined undefined -> true;
      default -> false;
    };
  }

  private static List<Value> characters(String text, Run run) {
    run.charge((long) text.length() * Limits.ELEMENT_WORK);
    List<Value> characters = new ArrayList<>(text.length());
    text.codePoints().forEach(c -> characters.add(new Value.Text(Character.toString(c))));
    return characters;
  }
}
