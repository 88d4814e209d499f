package dev.palimpsest.runtime.bridge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.palimpsest.engine.schema.Choices;
import dev.palimpsest.engine.schema.Grammar;
import dev.palimpsest.engine.schema.JsonShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What an answer has to be. */
public sealed interface AnswerFormat {
  /** Any JSON object. */
  static AnswerFormat anyObject() {
    return new Json("{\"type\":\"object\"}");
  }

  /**
   * JSON that fits a schema.
   *
   * @param schema a JSON schema, as text
   */
  record Json(String schema) implements AnswerFormat {
    /** Refuses a schema that no answer can be held to, naming the keyword. */
    public Json {
      JsonShape.check(StoredFormat.tree(schema));
    }

    Map<String, Object> tree() {
      return StoredFormat.tree(schema);
    }
  }

  /**
   * A text of a grammar.
   *
   * @param grammar in GBNF
   */
  record Gbnf(String grammar) implements AnswerFormat {
    /** Refuses a grammar that cannot be read, naming line and column. */
    public Gbnf {
      Grammar.check(grammar);
      StoredFormat.requireShort(StoredFormat.text(grammar));
    }
  }

  /**
   * One of some texts.
   *
   * @param texts at least one
   */
  record OneOf(List<String> texts) implements AnswerFormat {
    /** Refuses texts that no answer can be. */
    public OneOf {
      texts = List.copyOf(texts);
      Choices.check(texts);
      StoredFormat.requireShort(StoredFormat.list(texts));
    }
  }

  /** As a JSON value: an object is a schema, a string a grammar, an array texts to choose from. */
  default String stored() {
    return switch (this) {
      case Json(String schema) -> schema;
      case Gbnf(String grammar) -> StoredFormat.text(grammar);
      case OneOf(List<String> texts) -> StoredFormat.list(texts);
    };
  }

  /**
   * The format that was {@link #stored}.
   *
   * @throws IllegalArgumentException if it is none
   */
  static AnswerFormat of(String stored) {
    JsonNode value = StoredFormat.value(stored);
    return switch (value) {
      case ObjectNode schema -> new Json(stored);
      case TextNode grammar -> new Gbnf(grammar.textValue());
      default -> {
        List<String> texts = new ArrayList<>();
        value.forEach(each -> texts.add(each.asText()));
        yield new OneOf(texts);
      }
    };
  }
}
