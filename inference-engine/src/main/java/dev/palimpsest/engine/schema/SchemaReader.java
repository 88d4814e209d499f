package dev.palimpsest.engine.schema;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a JSON schema as rules. Every keyword is honoured or refused by its name and place; only
 * such as say nothing about a value are passed over. Parts are read one after the other and not
 * within each other, however deep they lie or however long their references go on.
 */
final class SchemaReader {
  /** More rules than this are no schema for an answer. */
  private static final int RULES_MAX = 4_000;

  private static final Set<String> SILENT =
      Set.of(
          "$schema",
          "$id",
          "$comment",
          "$defs",
          "definitions",
          "title",
          "description",
          "default",
          "examples",
          "deprecated",
          "readOnly",
          "writeOnly");

  private static final List<String> TYPES =
      List.of("object", "array", "string", "integer", "number", "boolean", "null");

  private final Map<String, ?> root;
  private final List<Rule> rules = new ArrayList<>();
  private final Map<String, Integer> known = new HashMap<>();
  private final ArrayDeque<Part> unread = new ArrayDeque<>();
  private int any = -1;

  /** A part that has its place among the rules, and is read later. */
  private record Part(int place, Map<?, ?> schema, String path) {}

  private SchemaReader(Map<String, ?> root) {
    this.root = root;
  }

  /**
   * The rules of a schema; the first is that of the whole.
   *
   * @throws IllegalArgumentException naming what is wrong or not supported
   */
  static List<Rule> read(Map<String, ?> schema) {
    SchemaReader reader = new SchemaReader(schema);
    reader.known.put("#", 0);
    int first = reader.later(schema, "#");
    assert first == 0;
    for (Part part = reader.unread.poll(); part != null; part = reader.unread.poll()) {
      reader.rules.set(part.place, reader.rule(spoken(part.schema), part.path));
    }
    reader.refuseCircles();
    return List.copyOf(reader.rules);
  }

  /** A choice that can be itself, without anything being written, is never made. */
  private void refuseCircles() {
    boolean[] isClear = new boolean[rules.size()];
    boolean isChanged = true;
    while (isChanged) {
      isChanged = false;
      // What a part consists of has higher numbers, mostly.
      for (int i = isClear.length - 1; i >= 0; i--) {
        boolean clears =
            !isClear[i]
                && (!(rules.get(i) instanceof Rule.OneOf(List<Integer> choices))
                    || choices.stream().allMatch(choice -> isClear[choice]));
        isClear[i] |= clears;
        isChanged |= clears;
      }
    }
    for (boolean clear : isClear) {
      if (!clear) {
        throw new IllegalArgumentException("a choice of 'anyOf' or a '$ref' comes back to itself");
      }
    }
  }

  /** A number for a rule that comes later. */
  private int reserve() {
    if (rules.size() == RULES_MAX) {
      throw new IllegalArgumentException("the schema has more than " + RULES_MAX + " parts");
    }
    rules.add(new Rule.Texts(List.of("null")));
    return rules.size() - 1;
  }

  private int add(Rule rule) {
    int place = reserve();
    rules.set(place, rule);
    return place;
  }

  private int read(@Nullable Object schema, String path) {
    if (Boolean.TRUE.equals(schema)) {
      return any();
    }
    Map<?, ?> parts = object(schema, path);
    if (parts.get("$ref") instanceof String reference) {
      only(spoken(parts), path, Set.of("$ref"));
      return refer(reference, path);
    }
    return later(parts, path);
  }

  private int later(Map<?, ?> schema, String path) {
    int place = reserve();
    unread.add(new Part(place, schema, path));
    return place;
  }

  /** The keywords that say something about a value. */
  private static Map<String, Object> spoken(Map<?, ?> schema) {
    Map<String, Object> said = new LinkedHashMap<>();
    schema.forEach((keyword, value) -> {
      if (!SILENT.contains(String.valueOf(keyword))) {
        said.put(String.valueOf(keyword), value);
      }
    });
    return said;
  }

  private Rule rule(Map<String, Object> said, String path) {
    if (said.isEmpty()) {
      return new Rule.OneOf(List.of(any()));
    }
    if (said.containsKey("$ref")) {
      only(said, path, Set.of("$ref"));
      return new Rule.OneOf(List.of(refer(said.get("$ref"), path)));
    }
    if (said.containsKey("anyOf")) {
      only(said, path, Set.of("anyOf"));
      return new Rule.OneOf(all(said.get("anyOf"), path + "/anyOf"));
    }
    if (said.containsKey("const") || said.containsKey("enum")) {
      only(said, path, Set.of("const", "enum", "type"));
      return texts(said, path);
    }
    List<String> types = types(said, path);
    if (types.size() == 1) {
      only(said, path, keywords(types.getFirst()));
      return typed(types.getFirst(), said, path);
    }
    only(
        said,
        path,
        types.stream().flatMap(type -> keywords(type).stream()).collect(Collectors.toSet()));
    return new Rule.OneOf(types.stream().map(type -> add(typed(type, said, path))).toList());
  }

  private static void only(Map<String, Object> said, String path, Set<String> supported) {
    for (String keyword : said.keySet()) {
      if (!supported.contains(keyword)) {
        throw new IllegalArgumentException(
            "the keyword '" + keyword + "' at " + path + " is not supported there");
      }
    }
  }

  private static Set<String> keywords(String type) {
    return switch (type) {
      case "object" -> Set.of("type", "properties", "required", "additionalProperties");
      case "array" -> Set.of("type", "items", "minItems", "maxItems");
      case "string" -> Set.of("type", "minLength", "maxLength");
      default -> Set.of("type");
    };
  }

  /** Those that are named, else the one that the other keywords are about. */
  private static List<String> types(Map<String, Object> said, String path) {
    Object named = said.get("type");
    if (named == null) {
      return TYPES.stream()
          .limit(3)
          .filter(type -> keywords(type).stream().anyMatch(said::containsKey))
          .findFirst()
          .map(List::of)
          .orElseThrow(() ->
              new IllegalArgumentException(
                  "the keyword '"
                      + said.keySet().iterator().next()
                      + "' at "
                      + path
                      + " is not supported there"));
    }
    List<?> list = named instanceof List<?> several ? several : List.of(named);
    List<String> types = list.stream().map(String::valueOf).distinct().toList();
    if (types.isEmpty() || !TYPES.containsAll(types)) {
      throw new IllegalArgumentException("'type' at " + path + " is none of " + TYPES);
    }
    return types;
  }

  private Rule typed(String type, Map<String, Object> said, String path) {
    return switch (type) {
      case "object" -> members(said, path);
      case "array" -> {
        int min = count(said, "minItems", path, 0);
        int max = count(said, "maxItems", path, Rule.UNLIMITED);
        ordered(min, max, "minItems", path);
        yield new Rule.Array(
            said.containsKey("items") ? read(said.get("items"), path + "/items") : any(), min, max);
      }
      case "string" -> {
        int min = count(said, "minLength", path, 0);
        int max = count(said, "maxLength", path, Rule.UNLIMITED);
        ordered(min, max, "minLength", path);
        yield new Rule.Text(min, max);
      }
      case "integer" -> new Rule.Numeral(true);
      case "number" -> new Rule.Numeral(false);
      case "boolean" -> new Rule.Texts(List.of("true", "false"));
      default -> new Rule.Texts(List.of("null"));
    };
  }

  private static int count(Map<String, Object> said, String keyword, String path, int otherwise) {
    Object value = said.get(keyword);
    if (value == null && !said.containsKey(keyword)) {
      return otherwise;
    }
    if (!(value instanceof Number number)
        || number.doubleValue() != number.intValue()
        || number.intValue() < 0) {
      throw new IllegalArgumentException(
          "'" + keyword + "' at " + path + " is no whole number from 0");
    }
    return number.intValue();
  }

  private static void ordered(int min, int max, String keyword, String path) {
    if (min > max) {
      throw new IllegalArgumentException(
          "'" + keyword + "' at " + path + " is " + min + ", more than the maximum " + max);
    }
  }

  private Rule members(Map<String, Object> said, String path) {
    Object named = said.get("properties");
    Map<?, ?> properties = named == null ? Map.of() : object(named, path + "/properties");
    Set<String> required =
        said.containsKey("required")
            ? list(said.get("required"), path + "/required").stream()
                .map(String::valueOf)
                .collect(Collectors.toCollection(java.util.LinkedHashSet::new))
            : Set.of();
    Object other = said.getOrDefault("additionalProperties", true);
    List<Rule.Member> members = new ArrayList<>();
    properties.forEach((name, value) -> {
      String key = String.valueOf(name);
      members.add(
          new Rule.Member(key, read(value, path + "/properties/" + key), required.contains(key)));
    });
    for (String name : required) {
      if (!properties.containsKey(name)) {
        if (Boolean.FALSE.equals(other)) {
          throw new IllegalArgumentException(
              "'required' at " + path + " names '" + name + "', which is no property");
        }
        members.add(new Rule.Member(name, read(other, path + "/additionalProperties"), true));
      }
    }
    return members.isEmpty() && !Boolean.FALSE.equals(other)
        ? new Rule.Free(read(other, path + "/additionalProperties"))
        : new Rule.Members(members);
  }

  /** Values that are named one by one, as far as they are of a type that is named too. */
  private static Rule texts(Map<String, Object> said, String path) {
    List<?> values =
        said.containsKey("const")
            ? java.util.Collections.singletonList(said.get("const"))
            : list(said.get("enum"), path + "/enum");
    if (said.containsKey("const") && said.containsKey("enum")) {
      throw new IllegalArgumentException(
          "'const' and 'enum' at " + path + " are not both supported");
    }
    List<String> types = said.containsKey("type") ? types(said, path) : TYPES;
    List<String> texts =
        values.stream()
            .filter(value -> types.stream().anyMatch(type -> isOf(type, value)))
            .map(JsonWriter::value)
            .distinct()
            .toList();
    if (texts.isEmpty()) {
      throw new IllegalArgumentException("no value is left at " + path);
    }
    return new Rule.Texts(texts);
  }

  private static boolean isOf(String type, @Nullable Object value) {
    return switch (type) {
      case "object" -> value instanceof Map;
      case "array" -> value instanceof List;
      case "string" -> value instanceof String;
      case "boolean" -> value instanceof Boolean;
      case "number" -> value instanceof Number;
      case "integer" ->
          value instanceof Number number && Math.rint(number.doubleValue()) == number.doubleValue();
      default -> value == null;
    };
  }

  private int refer(@Nullable Object reference, String path) {
    String name = String.valueOf(reference);
    Integer place = known.get(name);
    if (place != null) {
      return place;
    }
    String[] parts = name.split("/", -1);
    boolean isLocal =
        parts.length == 3
            && parts[0].equals("#")
            && (parts[1].equals("$defs") || parts[1].equals("definitions"));
    Object target =
        isLocal && root.get(parts[1]) instanceof Map<?, ?> definitions
            ? definitions.get(parts[2].replace("~1", "/").replace("~0", "~"))
            : null;
    if (target == null) {
      throw new IllegalArgumentException(
          "'$ref' at " + path + " names '" + name + "'; '#' and what stands in '$defs' are known");
    }
    if (Boolean.TRUE.equals(target)) {
      return any();
    }
    int reserved = later(object(target, name), name);
    known.put(name, reserved);
    return reserved;
  }

  private List<Integer> all(@Nullable Object schemas, String path) {
    List<?> several = list(schemas, path);
    if (several.isEmpty()) {
      throw new IllegalArgumentException(path + " is empty");
    }
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < several.size(); i++) {
      places.add(read(several.get(i), path + "/" + i));
    }
    return places;
  }

  /** The rule of any value. */
  private int any() {
    if (any < 0) {
      any = reserve();
      int array = add(new Rule.Array(any, 0, Rule.UNLIMITED));
      int object = add(new Rule.Free(any));
      List<Integer> plain =
          Stream.of(
                  new Rule.Text(0, Rule.UNLIMITED),
                  new Rule.Numeral(false),
                  new Rule.Texts(List.of("true", "false", "null")))
              .map(this::add)
              .toList();
      rules.set(
          any, new Rule.OneOf(Stream.concat(plain.stream(), Stream.of(array, object)).toList()));
    }
    return any;
  }

  private static Map<?, ?> object(@Nullable Object value, String path) {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw new IllegalArgumentException(path + " is no object that can be fulfilled");
  }

  private static List<?> list(@Nullable Object value, String path) {
    if (value instanceof List<?> list) {
      return list;
    }
    throw new IllegalArgumentException(path + " is no list");
  }
}
