package dev.palimpsest.engine.schema;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Schemas of everything that is supported, values that fit them, and what fitting means. */
final class RandomSchemas {
  private static final List<String> NAMES =
      List.of("a", "b", "name", "käse", "with space", "quote\"d", "back\\slash", "日", "");

  private final RandomGenerator random;
  private boolean mayRefer;

  RandomSchemas(RandomGenerator random) {
    this.random = random;
  }

  /** A schema, often with definitions that name themselves. */
  Map<String, Object> schema() {
    mayRefer = random.nextBoolean();
    Map<String, Object> schema = new LinkedHashMap<>(random.nextInt(3) == 0 ? part(3) : members(4));
    if (mayRefer) {
      Map<String, Object> tree = new LinkedHashMap<>();
      Map<String, Object> children = new LinkedHashMap<>();
      children.put("type", "array");
      children.put("items", Map.of("$ref", "#/$defs/tree"));
      children.put("maxItems", 2);
      tree.put("type", "object");
      Map<String, Object> properties = new LinkedHashMap<>();
      mayRefer = false;
      properties.put("value", part(0));
      properties.put("children", children);
      properties.put(
          "next", Map.of("anyOf", List.of(Map.of("type", "null"), Map.of("$ref", "#/$defs/tree"))));
      tree.put("properties", properties);
      tree.put("required", List.of("value"));
      tree.put("additionalProperties", false);
      schema.put("$defs", Map.of("tree", tree));
    }
    if (random.nextInt(4) == 0) {
      schema.put("title", "for people");
    }
    return schema;
  }

  private Map<String, Object> part(int depth) {
    return switch (random.nextInt(depth > 0 ? 10 : 6)) {
      case 0 -> text();
      case 1 -> Map.of("type", random.nextBoolean() ? "integer" : "number");
      case 2 -> Map.of("type", random.nextBoolean() ? "boolean" : "null");
      case 3 -> Map.of("enum", values());
      case 4 -> Collections.singletonMap("const", value());
      case 5 ->
          mayRefer
              ? Map.of("$ref", "#/$defs/tree")
              : Map.of("type", List.of("string", "null", "integer"));
      case 6 -> list(depth);
      case 7 ->
          Map.of(
              "anyOf", random.ints(random.nextInt(1, 4)).mapToObj(i -> part(depth - 1)).toList());
      default -> members(depth);
    };
  }

  private Map<String, Object> text() {
    Map<String, Object> text = new LinkedHashMap<>();
    text.put("type", "string");
    int min = random.nextInt(3) == 0 ? random.nextInt(1, 5) : 0;
    if (min > 0) {
      text.put("minLength", min);
    }
    if (random.nextBoolean()) {
      text.put("maxLength", min + random.nextInt(12));
    }
    return text;
  }

  private Map<String, Object> list(int depth) {
    Map<String, Object> list = new LinkedHashMap<>();
    list.put("type", "array");
    list.put("items", part(depth - 1));
    int min = random.nextInt(3) == 0 ? random.nextInt(1, 3) : 0;
    if (min > 0) {
      list.put("minItems", min);
    }
    list.put("maxItems", min + random.nextInt(4));
    return list;
  }

  private Map<String, Object> members(int depth) {
    Map<String, Object> properties = new LinkedHashMap<>();
    List<String> required = new ArrayList<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      String name = NAMES.get(random.nextInt(NAMES.size()));
      properties.putIfAbsent(name, part(depth - 1));
      if (random.nextBoolean() && !required.contains(name)) {
        required.add(name);
      }
    }
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("type", "object");
    members.put("properties", properties);
    members.put("required", required);
    members.put("additionalProperties", false);
    return members;
  }

  private List<Object> values() {
    List<Object> values = new ArrayList<>();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      values.add(value());
    }
    return values;
  }

  private @Nullable Object value() {
    return switch (random.nextInt(6)) {
      case 0 -> "red";
      case 1 -> NAMES.get(random.nextInt(NAMES.size()));
      case 2 -> random.nextInt(-20, 20);
      case 3 -> random.nextBoolean();
      case 4 -> Collections.singletonMap("a", List.of(1, "b"));
      default -> null;
    };
  }

  /** Whether a value, as a parser reads it, fits. */
  static boolean fits(Map<String, ?> root, Map<?, ?> schema, @Nullable Object value) {
    if (schema.containsKey("$ref")) {
      return fits(root, at(root, String.valueOf(schema.get("$ref"))), value);
    }
    if (schema.containsKey("anyOf")) {
      List<?> choices = list(schema.get("anyOf"));
      return choices.stream().anyMatch(each -> fits(root, (Map<?, ?>) each, value));
    }
    if (schema.containsKey("const")) {
      return Objects.equals(schema.get("const"), value);
    }
    if (schema.containsKey("enum")) {
      return list(schema.get("enum")).contains(value);
    }
    Object type = schema.get("type");
    List<?> types = type instanceof List<?> several ? several : Collections.singletonList(type);
    return types.stream().anyMatch(each -> fits(root, schema, String.valueOf(each), value));
  }

  private static Map<?, ?> map(@Nullable Object value) {
    return (Map<?, ?>) Objects.requireNonNull(value);
  }

  private static List<?> list(@Nullable Object value) {
    return (List<?>) Objects.requireNonNull(value);
  }

  private static Map<?, ?> at(Map<String, ?> root, String reference) {
    if (reference.equals("#")) {
      return root;
    }
    String name = reference.substring("#/$defs/".length());
    return map(map(root.get("$defs")).get(name));
  }

  private static boolean fits(
      Map<String, ?> root, Map<?, ?> schema, String type, @Nullable Object value) {
    return switch (type) {
      case "string" ->
          value instanceof String text
              && within(schema, "minLength", "maxLength", text.codePointCount(0, text.length()));
      case "integer" -> value instanceof Integer || value instanceof Long;
      case "number" -> value instanceof Number number && Double.isFinite(number.doubleValue());
      case "boolean" -> value instanceof Boolean;
      case "null" -> value == null;
      case "array" ->
          value instanceof List<?> list
              && within(schema, "minItems", "maxItems", list.size())
              && list.stream().allMatch(each -> fits(root, map(schema.get("items")), each));
      default -> value instanceof Map<?, ?> map && members(root, schema, map);
    };
  }

  private static boolean within(Map<?, ?> schema, String min, String max, int count) {
    return (!(schema.get(min) instanceof Integer least) || count >= least)
        && (!(schema.get(max) instanceof Integer most) || count <= most);
  }

  private static boolean members(Map<String, ?> root, Map<?, ?> schema, Map<?, ?> value) {
    Map<?, ?> properties = map(schema.get("properties"));
    return value.keySet().containsAll(list(schema.get("required")))
        && value.entrySet().stream()
            .allMatch(each ->
                properties.get(each.getKey()) instanceof Map<?, ?> part
                    && fits(root, part, each.getValue()));
  }

  /** A value that fits, its members in the order of the schema. */
  @Nullable Object instance(Map<String, ?> root, Map<?, ?> schema, int depth) {
    if (schema.containsKey("$ref")) {
      return instance(root, at(root, String.valueOf(schema.get("$ref"))), depth - 1);
    }
    if (schema.containsKey("anyOf")) {
      List<?> choices = list(schema.get("anyOf"));
      return instance(
          root, (Map<?, ?>) choices.get(depth > 0 ? random.nextInt(choices.size()) : 0), depth - 1);
    }
    if (schema.containsKey("const")) {
      return schema.get("const");
    }
    if (schema.containsKey("enum")) {
      List<?> values = list(schema.get("enum"));
      return values.get(random.nextInt(values.size()));
    }
    Object type = schema.get("type");
    List<?> types = type instanceof List<?> several ? several : List.of(type);
    return switch (String.valueOf(types.get(random.nextInt(types.size())))) {
      case "string" -> text(schema);
      case "integer" -> random.nextLong(-999_999_999_999_999L, 999_999_999_999_999L);
      case "number" -> random.nextInt(-1000, 1000) / 8.0;
      case "boolean" -> random.nextBoolean();
      case "null" -> null;
      case "array" -> {
        List<Object> list = new ArrayList<>();
        int min = schema.get("minItems") instanceof Integer least ? least : 0;
        int max = depth > 0 && schema.get("maxItems") instanceof Integer most ? most : min;
        for (int i = random.nextInt(min, max + 1); i > 0; i--) {
          list.add(instance(root, map(schema.get("items")), depth - 1));
        }
        yield list;
      }
      default -> {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (Map.Entry<?, ?> each : map(schema.get("properties")).entrySet()) {
          boolean isRequired = list(schema.get("required")).contains(each.getKey());
          if (isRequired || (depth > 0 && random.nextBoolean())) {
            map.put(each.getKey(), instance(root, (Map<?, ?>) each.getValue(), depth - 1));
          }
        }
        yield map;
      }
    };
  }

  private String text(Map<?, ?> schema) {
    int min = schema.get("minLength") instanceof Integer least ? least : 0;
    int max = schema.get("maxLength") instanceof Integer most ? most : min + 9;
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(min, max + 1); i > 0; i--) {
      int point =
          switch (random.nextInt(4)) {
            case 0 -> random.nextInt(0x80);
            case 1 -> random.nextInt(0x80, 0xD800);
            case 2 -> random.nextInt(0xE000, 0x110000);
            default -> random.nextInt('a', 'z');
          };
      text.appendCodePoint(point);
    }
    return text.toString();
  }
}
