package dev.palimpsest.memory.importing;

import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Reads the members of one record, each made storable. Used by one thread. */
final class Fields {
  private final Json.Members members;
  private final Cleaner cleaner = new Cleaner();

  Fields(Json.Members members) {
    this.members = members;
  }

  /** Whether anything that was read had to be changed. */
  boolean isSanitised() {
    return cleaner.hasReplaced();
  }

  boolean has(String name) {
    return members.get(name) != null;
  }

  /** The member as it is. */
  @Nullable Json value(String name) {
    return members.get(name);
  }

  /** A text; null where it is absent. */
  @Nullable String text(String name) throws UnusableException {
    Json value = members.get(name);
    if (value == null) {
      return null;
    }
    if (value instanceof Json.Text(String text)) {
      return cleaner.clean(text);
    }
    throw shape("'" + name + "' is not a text.");
  }

  /** A text within an object that this record holds; null where there is none. */
  @Nullable String inner(Json.Members within, String name) {
    return within.get(name) instanceof Json.Text(String text) ? cleaner.clean(text) : null;
  }

  /** A text that must be there. */
  String needed(String name) throws UnusableException {
    String text = text(name);
    if (text == null) {
      throw shape("There is no '" + name + "'.");
    }
    return text;
  }

  /** A text that names something; null where it is absent or blank. */
  @Nullable String name(String name) throws UnusableException {
    String text = text(name);
    return text == null || text.isBlank() ? null : text;
  }

  /** A text or a number that names something; null where it is absent or blank. */
  @Nullable String id(String name) throws UnusableException {
    return members.get(name) instanceof Json.Plain(String written) ? written : name(name);
  }

  /** A text that may come in parts, which are joined by line feeds; null where there is none. */
  @Nullable String content(String name) throws UnusableException {
    Json value = members.get(name);
    if (!(value instanceof Json.Items(List<Json> parts))) {
      return text(name);
    }
    StringJoiner joined = new StringJoiner("\n");
    for (Json part : parts) {
      String text = part(part);
      if (text != null) {
        joined.add(cleaner.clean(text));
      }
    }
    return joined.toString();
  }

  /** An object of some members, in their order, without those named. */
  String without(Map<String, Json> first, List<String> names) {
    StringBuilder out = new StringBuilder();
    Map<String, Json> rest = new java.util.LinkedHashMap<>(first);
    members
        .values()
        .forEach((name, value) -> {
          if (!names.contains(name)) {
            rest.putIfAbsent(name, value);
          }
        });
    new Json.Members(rest).write(cleaner, out);
    return out.toString();
  }

  /** The object of this name; an empty one where there is none. */
  Fields inner(String name) throws UnusableException {
    Json value = members.get(name);
    if (value == null || value instanceof Json.Members) {
      return new Fields(value instanceof Json.Members inner ? inner : new Json.Members(Map.of()));
    }
    throw shape("'" + name + "' is not an object.");
  }

  /** An object of these members. */
  static String object(Map<String, Json> members) {
    return new Fields(new Json.Members(members)).without(Map.of(), List.of());
  }

  static UnusableException shape(String detail) {
    return new UnusableException(RejectionReason.UNKNOWN_SHAPE, detail);
  }

  /** The words of a part; null for a picture and the like. */
  private static @Nullable String part(Json part) throws UnusableException {
    if (part instanceof Json.Text(String text)) {
      return text;
    }
    if (!(part instanceof Json.Members members)) {
      throw shape("A part of the content is neither a text nor an object.");
    }
    for (String name : List.of("text", "refusal")) {
      if (members.get(name) instanceof Json.Text(String text)) {
        return text;
      }
    }
    return null;
  }
}
