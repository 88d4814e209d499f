package dev.palimpsest.engine.schema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ContainerNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.engine.fuzz.ByteMutator;
import dev.palimpsest.engine.fuzz.Mutator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Changes schemas as trees: keywords, values, parts of others, wrappings, long chains. */
final class TreeMutator implements Mutator {
  private static final int DEPTH_MAX = 400;
  private static final int CHAIN_MAX = 5_000;
  private static final List<String> KEYWORDS =
      List.of(
          "type",
          "properties",
          "required",
          "additionalProperties",
          "items",
          "minItems",
          "maxItems",
          "minLength",
          "maxLength",
          "enum",
          "const",
          "anyOf",
          "$ref",
          "$defs",
          "definitions",
          "title",
          "default",
          "pattern",
          "a",
          "é\"\\",
          "");
  private static final List<String> VALUES =
      List.of(
          "null",
          "true",
          "false",
          "0",
          "1",
          "-1",
          "2.0",
          "0.5",
          "1e400",
          "-1e-400",
          "1e999999999",
          "2147483647",
          "2147483648",
          "9223372036854775807",
          "123456789012345678901234567890",
          "{}",
          "[]",
          "\"\"",
          "\"object\"",
          "\"array\"",
          "\"string\"",
          "\"integer\"",
          "\"number\"",
          "\"#\"",
          "\"#/$defs/a\"",
          "\"#/$defs/d0\"",
          "\"#/\"",
          "\"#/$defs/a~1~0\"",
          "[\"a\"]",
          "[\"object\",\"null\"]",
          "\"\\u0000\"",
          "\"\\ud83d\"",
          "\"日🧪\"",
          "{\"type\":\"integer\"}",
          "{\"enum\":[1,\"a\",null]}",
          "[[[]]]");

  private final ObjectMapper json;
  private final ByteMutator bytes =
      new ByteMutator(
          "{", "}", "[", "]", ",", ":", "\"", "\"type\":", "{\"items\":", "1e9", "\\u0000");

  TreeMutator(ObjectMapper json) {
    this.json = json;
  }

  @Override
  public byte[] mutant(byte[] input, byte[] other, RandomGenerator random) {
    if (random.nextInt(5) == 0) {
      return bytes.mutant(input, other, random);
    }
    JsonNode tree = tree(input);
    JsonNode parts = tree(other);
    for (int i = random.nextInt(1, 5); i > 0; i--) {
      tree = changed(tree, parts, random);
    }
    try {
      return json.writeValueAsBytes(tree);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JsonNode tree(byte[] input) {
    try {
      JsonNode read = json.readTree(input);
      return read == null || read.isMissingNode() ? json.createObjectNode() : read;
    } catch (IOException e) {
      return json.createObjectNode();
    }
  }

  private JsonNode changed(JsonNode tree, JsonNode other, RandomGenerator random) {
    List<ContainerNode<?>> places = new ArrayList<>();
    collect(tree, places, 0);
    if (places.isEmpty()) {
      return value(random);
    }
    switch (places.get(random.nextInt(places.size()))) {
      case ObjectNode object -> change(object, other, random);
      case ArrayNode array -> change(array, other, random);
      default -> throw new IllegalStateException("a tree has no others");
    }
    if (random.nextInt(40) == 0 && tree instanceof ObjectNode root) {
      chain(root.removeAll(), random);
    }
    return random.nextInt(20) == 0 ? wrapped(tree, random) : tree;
  }

  private static void collect(JsonNode node, List<ContainerNode<?>> places, int depth) {
    if (node instanceof ContainerNode<?> container && depth < DEPTH_MAX) {
      places.add(container);
      node.forEach(each -> collect(each, places, depth + 1));
    }
  }

  private void change(ObjectNode object, JsonNode other, RandomGenerator random) {
    String keyword = KEYWORDS.get(random.nextInt(KEYWORDS.size()));
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    String own = names.isEmpty() ? keyword : names.get(random.nextInt(names.size()));
    switch (random.nextInt(7)) {
      case 0 -> object.remove(own);
      case 1 -> object.replace(keyword, value(random));
      case 2 -> object.replace(own, value(random));
      case 3 -> object.replace(keyword, part(other, random));
      case 4 -> object.replace(own, part(other, random));
      case 5 -> object.replace(keyword, object.path(own).deepCopy());
      default -> object.replace(own, wrapped(object.path(own).deepCopy(), random));
    }
  }

  private void change(ArrayNode array, JsonNode other, RandomGenerator random) {
    int at = random.nextInt(array.size() + 1);
    if (random.nextBoolean() || at == array.size()) {
      array.insert(at, random.nextBoolean() ? value(random) : part(other, random));
    } else {
      array.remove(at);
    }
  }

  /** Definitions each of which names the next one. */
  private void chain(ObjectNode object, RandomGenerator random) {
    ObjectNode definitions = json.createObjectNode();
    int length = random.nextInt(1, CHAIN_MAX);
    for (int i = 0; i < length; i++) {
      ObjectNode reference = json.createObjectNode();
      reference.put("$ref", "#/$defs/d" + (i + 1));
      definitions.set("d" + i, random.nextInt(3) == 0 ? wrapped(reference, random) : reference);
    }
    definitions.set("d" + length, value(random));
    object.set("$defs", definitions);
    object.put("$ref", "#/$defs/d0");
  }

  private JsonNode part(JsonNode other, RandomGenerator random) {
    List<ContainerNode<?>> places = new ArrayList<>();
    collect(other, places, 0);
    return places.isEmpty() ? value(random) : places.get(random.nextInt(places.size())).deepCopy();
  }

  private JsonNode wrapped(JsonNode node, RandomGenerator random) {
    JsonNode inner = node.isMissingNode() ? value(random) : node;
    for (int i = 1 << random.nextInt(7); i > 0; i--) {
      ObjectNode outer = json.createObjectNode();
      switch (random.nextInt(4)) {
        case 0 -> outer.put("type", "array").set("items", inner);
        case 1 -> outer.putArray("anyOf").add(inner);
        case 2 -> outer.put("type", "object").putObject("properties").set("a", inner);
        default -> outer.set("additionalProperties", inner);
      }
      inner = outer;
    }
    return inner;
  }

  private JsonNode value(RandomGenerator random) {
    try {
      return json.readTree(VALUES.get(random.nextInt(VALUES.size())));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
