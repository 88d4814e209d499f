package dev.palimpsest.engine.schema;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.fuzz.ByteMutator;
import dev.palimpsest.engine.fuzz.Fuzzer;
import dev.palimpsest.engine.fuzz.Target;
import dev.palimpsest.engine.fuzz.Target.Outcome;
import dev.palimpsest.engine.sample.TokenConstraint;
import dev.palimpsest.engine.sample.TokenRules;
import dev.palimpsest.engine.sample.TokenRulesException;
import dev.palimpsest.engine.sample.TokenSet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Texts and trees that are no rules, or nearly some: refused, or followed for some tokens. */
class RulesFuzzTest {
  /** Tables of what may follow have limits of their own, whatever the length of the text. */
  private static final Target.Bounds BOUNDS = new Target.Bounds(64 << 20, 4_000, 1L << 30, 20);

  private static final int WALKED_TOKENS = 20;

  private final TokenOrder tokens = new TokenOrder(JsonTokens.vocabulary());
  private final TokenSet allowed = new TokenSet(JsonTokens.vocabulary().size());

  /** As the service reads schemas. */
  private final ObjectMapper json =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  @Test
  void anyGrammarIsRefusedAtAPlaceOrCanBeFollowed() {
    var mutator =
        new ByteMutator(
            "root ::= ",
            "a ::= ",
            "::=",
            "root",
            "a",
            "b",
            "\"",
            "\"x\"",
            "\"\"",
            "[a-z]",
            "[^",
            "]",
            "-",
            ".",
            "(",
            ")",
            "|",
            "?",
            "*",
            "+",
            "{2,5}",
            "{0,9999}",
            "{,3}",
            "\\x41",
            "\\u65E5",
            "\\U0010FFFF",
            "\\n",
            "\\",
            "#",
            "\n",
            "\r\n",
            " ",
            "日",
            "\"a\"?",
            "(\"a\"|b)*");
    RandomGenerator random = Seeds.random(1);
    List<byte[]> seeds = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      seeds.add(new RandomGrammar(random).written().getBytes(StandardCharsets.UTF_8));
    }
    new Fuzzer("grammar", BOUNDS, mutator, this::readGrammar).run(500, seeds);
  }

  private Outcome readGrammar(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8).replace('\ufffd', '\ud83e');
    try {
      Grammar.check(text);
      return new Outcome.Taken(() -> walked(new Grammar(text, tokens), input));
    } catch (GrammarException e) {
      assertTrue(e.line() >= 1 && e.column() >= 1, e::getMessage);
      return new Outcome.Refused(String.valueOf(e.getMessage()));
    } catch (IllegalArgumentException e) {
      return new Outcome.Refused(declared(e));
    }
  }

  /** In words of ours: not those of a parser of numbers, or of a list that is asked too much. */
  private static String declared(IllegalArgumentException e) {
    String place = e.getStackTrace()[0].getClassName();
    assertTrue(place.startsWith("dev.palimpsest.engine.schema."), e::toString);
    return String.valueOf(e.getMessage());
  }

  @Test
  void anySchemaIsRefusedOrCanBeFollowed() throws IOException {
    RandomSchemas random = new RandomSchemas(Seeds.random(1));
    List<byte[]> seeds = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      seeds.add(json.writeValueAsBytes(random.schema()));
    }
    new Fuzzer("schema", BOUNDS, new TreeMutator(json), this::readSchema).run(500, seeds);
  }

  private Outcome readSchema(byte[] input) throws IOException {
    Map<String, Object> schema;
    try {
      schema = json.readValue(new String(input, StandardCharsets.UTF_8), new TypeReference<>() {});
    } catch (JsonProcessingException e) {
      return new Outcome.Refused("no JSON object");
    }
    if (schema == null) {
      return new Outcome.Refused("null");
    }
    try {
      JsonShape.check(schema);
      return new Outcome.Taken(() -> walked(new JsonShape(schema, tokens), input));
    } catch (IllegalArgumentException e) {
      return new Outcome.Refused(declared(e));
    }
  }

  /** Says some tokens that are allowed. */
  private String walked(TokenRules rules, byte[] input) {
    RandomGenerator random = Seeds.random(Arrays.hashCode(input));
    TokenConstraint walk = rules.begin();
    try {
      for (int i = 0; i < WALKED_TOKENS; i++) {
        allowed.clear();
        walk.allow(allowed);
        int first = allowed.next(0);
        assertFalse(first < 0, "what was begun can be finished");
        int token = Math.max(first, allowed.next(random.nextInt(tokens.vocabulary())));
        walk.accept(token);
        if (token == JsonTokens.END) {
          return "to its end";
        }
      }
      return "for some tokens";
    } catch (TokenRulesException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
