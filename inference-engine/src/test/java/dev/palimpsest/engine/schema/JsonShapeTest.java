package dev.palimpsest.engine.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.backend.Epilogue;
import dev.palimpsest.engine.sample.Sampler;
import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.sample.SamplingState;
import dev.palimpsest.engine.sample.TokenConstraint;
import dev.palimpsest.engine.sample.TokenRulesException;
import dev.palimpsest.engine.sample.TokenSet;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Shape;
import dev.palimpsest.engine.tensor.Tensor;
import dev.palimpsest.engine.token.PieceCoding;
import dev.palimpsest.engine.token.Token;
import dev.palimpsest.engine.token.TokenRole;
import dev.palimpsest.engine.token.TokenType;
import dev.palimpsest.engine.token.Vocabulary;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class JsonShapeTest {
  private static final int SCHEMAS = 10_000;
  private static final int DEPTH = 14;
  private static final int TOKENS_MAX = 200_000;

  private final Vocabulary vocabulary = JsonTokens.vocabulary();
  private final TokenOrder tokens = new TokenOrder(vocabulary);
  private final ObjectMapper json =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** Whatever a model would like to say: what it says is JSON and fits. */
  @Test
  void everyAnswerOfARandomModelFitsItsRandomSchema() throws Exception {
    RandomGenerator random = Seeds.random(Seeds.seed("JsonShapeTest"));
    RandomSchemas schemas = new RandomSchemas(random);
    long characters = 0;
    int count = Seeds.iterations(SCHEMAS);
    for (int round = 0; round < count; round++) {
      Map<String, Object> schema = schemas.schema();
      String written = answer(schema, DEPTH, random);
      Object value = json.readValue(written, Object.class);
      assertTrue(RandomSchemas.fits(schema, schema, value), () -> schema + ": " + written);
      characters += written.length();
    }
    System.out.println(count + " answers of " + characters / count + " characters on average");
  }

  private String answer(Map<String, ?> schema, int depth, RandomGenerator random)
      throws CharacterCodingException {
    Epilogue rows = logits(random);
    Sampler sampler = new Sampler(vocabulary.size());
    SamplingState state =
        new SamplingState(
            new SamplingParams(1, 0, 1, 0, random.nextLong()),
            new JsonShape(schema, tokens, depth));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int position = 0; position < TOKENS_MAX; position++) {
      int token = sampler.sample(rows, 0, state, position).id();
      if (token == JsonTokens.END) {
        return StandardCharsets.UTF_8
            .newDecoder()
            .decode(ByteBuffer.wrap(bytes.toByteArray()))
            .toString();
      }
      bytes.writeBytes(vocabulary.piece(token));
    }
    throw new AssertionError("no end: " + schema);
  }

  /** One row for a whole answer; what ends things is a little likelier, for the sake of time. */
  private Epilogue logits(RandomGenerator random) {
    float[] logits = new float[vocabulary.size()];
    for (int id = 0; id < logits.length; id++) {
      logits[id] = (float) random.nextGaussian() * 2;
    }
    for (char each : new char[] {'"', ']', '}'}) {
      logits[JsonTokens.FIRST_BYTE + each] += 4;
    }
    Tensor tensor =
        new Tensor("logits", DType.F32, Shape.of(1, logits.length), MemorySegment.ofArray(logits));
    Epilogue epilogue = new Epilogue(tensor);
    try (Backend backend = Backend.open("scalar", 1)) {
      backend.run(epilogue, epilogue.units(1));
    }
    return epilogue;
  }

  /** What a plain writer makes of a value that fits can be said. */
  @Test
  void everyValueThatFitsCanBeSaid() throws JsonProcessingException {
    RandomGenerator random = Seeds.random(Seeds.seed("JsonShapeTest"));
    RandomSchemas schemas = new RandomSchemas(random);
    int said = 0;
    for (int round = 0; round < Seeds.iterations(SCHEMAS) / 2; round++) {
      Map<String, Object> schema = schemas.schema();
      Object value = schemas.instance(schema, schema, 4);
      assertTrue(RandomSchemas.fits(schema, schema, value), () -> schema + ": " + value);
      String written = json.writeValueAsString(value);
      if (!written.contains("\\u")) {
        assertTrue(isSaid(schema, written), () -> schema + ": " + written);
        said++;
      }
    }
    assertTrue(said > 100, said + " values");
  }

  /** Whether a text can be said byte by byte, and the answer can end after it. */
  private boolean isSaid(Map<String, ?> schema, String text) {
    TokenConstraint walk = new JsonShape(schema, tokens).begin();
    TokenSet allowed = new TokenSet(vocabulary.size());
    for (int id : JsonTokens.spelled(text)) {
      allowed.clear();
      walk.allow(allowed);
      if (!allowed.contains(id)) {
        assertThrows(IllegalArgumentException.class, () -> walk.accept(id));
        return false;
      }
      walk.accept(id);
    }
    allowed.clear();
    walk.allow(allowed);
    return allowed.contains(JsonTokens.END);
  }

  @Test
  void whatDoesNotFitCannotBeSaid() {
    Map<String, Object> person =
        Map.of(
            "type",
            "object",
            "properties",
            Map.of("name", Map.of("type", "string", "maxLength", 3)),
            "required",
            List.of("name"),
            "additionalProperties",
            false);
    assertTrue(isSaid(person, "{\"name\":\"Ann\"}"));
    assertTrue(isSaid(person, " {\"name\": \"日本é\"}"));
    for (String wrong :
        List.of(
            "{}",
            "{\"name\":\"Anna\"}",
            "{\"name\":7}",
            "{\"age\":7}",
            "{\"name\":\"Ann\",\"age\":7}",
            "{\"name\":\"A\nn\"}",
            "{\"name\":\"\\ud83e\"}",
            "{\"name\":\"Ann\"} ",
            "[]")) {
      assertFalse(isSaid(person, wrong), wrong);
    }
    Map<String, Object> whole = Map.of("type", "integer");
    assertTrue(isSaid(whole, "-120") && isSaid(whole, "0"));
    assertFalse(isSaid(whole, "012") || isSaid(whole, "1.5") || isSaid(whole, "-"));
    Map<String, Object> number = Map.of("type", "number");
    assertTrue(isSaid(number, "-0.5e-12") && isSaid(number, "3"));
    assertFalse(isSaid(number, "1.") || isSaid(number, ".5") || isSaid(number, "1e"));
  }

  @Test
  void anyObjectIsAnyObject() throws Exception {
    RandomGenerator random = Seeds.random(Seeds.seed("JsonShapeTest"));
    Map<String, Object> object = Map.of("type", "object");
    assertTrue(isSaid(object, "{\"a\":[1,{\"b\":null}],\"c\":\"x\"}"));
    assertFalse(isSaid(object, "[1]"));
    ObjectMapper lenient = new ObjectMapper();
    for (int round = 0; round < Seeds.iterations(SCHEMAS) / 50; round++) {
      assertTrue(lenient.readTree(answer(object, 6, random)).isObject());
    }
    assertTrue(isSaid(Map.of(), "[{\"a\":-1.5e3},\"x\",true]"));
    Map<String, Object> counts =
        Map.of("type", "object", "additionalProperties", Map.of("type", "integer"));
    assertTrue(isSaid(counts, "{\"a\":1,\"b\":2}"));
    assertFalse(isSaid(counts, "{\"a\":\"1\"}"));
  }

  @Test
  void whatCannotBePromisedIsRefusedByName() {
    for (String keyword :
        List.of(
            "pattern",
            "format",
            "minimum",
            "maximum",
            "multipleOf",
            "uniqueItems",
            "oneOf",
            "allOf",
            "not",
            "if",
            "patternProperties",
            "minProperties",
            "prefixItems",
            "contains")) {
      refused(keyword, Map.of(keyword, List.of()));
      refused(keyword, Map.of("type", "string", keyword, 3));
      refused(
          keyword,
          Map.of(
              "type",
              "object",
              "properties",
              Map.of("a", Map.of("type", List.of("string", "null"), keyword, 3))));
    }
    refused("type", Map.of("type", "king"));
    refused("minLength", Map.of("type", "string", "minLength", -1));
    refused("maxLength", Map.of("type", "string", "maxLength", 1.5));
    refused("minItems", Map.of("type", "array", "minItems", 3, "maxItems", 2));
    refused("maxItems", Map.of("type", "string", "maxItems", 2));
    refused("$ref", Map.of("$ref", "#/$defs/none"));
    refused("$ref", Map.of("$ref", "https://example.org/schema"));
    refused("anyOf", Map.of("anyOf", List.of()));
    refused("no value", Map.of("enum", List.of()));
    refused("no value", Map.of("enum", List.of(1, 2), "type", "string"));
    refused("properties/a", Map.of("properties", Map.of("a", false)));
    refused(
        "required",
        Map.of("type", "object", "required", List.of("a"), "additionalProperties", false));
    Map<String, Object> endless =
        Map.of(
            "type",
            "object",
            "properties",
            Map.of("a", Map.of("$ref", "#")),
            "required",
            List.of("a"));
    refused("no finite value", endless);
    refused("itself", Map.of("$ref", "#"));
    Map<String, Object> self = Map.of("$ref", "#");
    refused("itself", Map.of("anyOf", List.of(self, self, Map.of("type", "null"))));
    Map<String, Object> deep = Map.of("type", "string");
    for (int i = 0; i < JsonShape.DEPTH_MAX; i++) {
      deep = Map.of("type", "array", "items", deep, "minItems", 1);
    }
    refused("nested", deep);
  }

  private void refused(String name, Map<String, Object> schema) {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class, () -> new JsonShape(schema, tokens), schema::toString);
    assertTrue(
        String.valueOf(refusal.getMessage()).contains(name),
        () -> name + ": " + refusal.getMessage());
  }

  /** Schemas that could be read in more ways than there are atoms cost no more than others. */
  @Test
  void waysThatMultiplyAreHeldOnce() throws Exception {
    RandomGenerator random = Seeds.random(Seeds.seed("JsonShapeTest"));
    Map<String, Object> again =
        Map.of("type", "array", "items", Map.of("$ref", "#"), "maxItems", 2);
    Map<String, Object> several =
        Map.of("anyOf", List.of(again, again, again, Map.of("type", "null")));
    assertTrue(isSaid(several, "[".repeat(20) + "null" + "]".repeat(20)));
    assertTrue(json.readTree(answer(several, 20, random)) != null);
    List<String> names = IntStream.range(0, 5_000).mapToObj(i -> "v" + i).toList();
    assertTrue(
        names.contains(json.readValue(answer(Map.of("enum", names), 5, random), String.class)));
  }

  /** A schema that would hold a step is told. */
  @Test
  void whatCostsTooMuchIsTold() {
    List<Map<String, Object>> texts =
        IntStream.range(0, 3_000)
            .mapToObj(i -> Map.<String, Object>of("type", "string", "maxLength", i))
            .toList();
    TokenConstraint walk = new JsonShape(Map.of("anyOf", texts), tokens).begin();
    TokenSet allowed = new TokenSet(vocabulary.size());
    assertThrows(TokenRulesException.class, () -> walk.allow(allowed));
  }

  /** However deep parts lie, or however long references go on, the stack is not used up. */
  @Test
  void longChainsOfPartsAreRead() {
    int parts = 3_900;
    Map<String, Object> definitions = new HashMap<>();
    Map<String, Object> nested = Map.of("type", "integer");
    for (int i = 0; i < parts; i++) {
      Object next = Map.of("$ref", "#/$defs/" + (i + 1));
      definitions.put(String.valueOf(i), Map.of("type", "array", "items", next));
      nested = Map.of("type", "array", "items", nested);
    }
    definitions.put(String.valueOf(parts), Map.of("type", "integer"));
    Map<String, Object> referred = Map.of("$ref", "#/$defs/0", "$defs", definitions);
    for (Map<String, Object> schema : List.of(referred, nested)) {
      assertTrue(isSaid(schema, "[[[]]]"));
      assertFalse(isSaid(schema, "[[1]]"));
    }
  }

  @Test
  void aVocabularyThatCannotSpellEverythingIsRefused() {
    Vocabulary letters =
        new Vocabulary(
            List.of(new Token("a", TokenType.NORMAL, 0), new Token("</s>", TokenType.CONTROL, 0)),
            PieceCoding.SENTENCE_PIECE,
            Map.of(TokenRole.EOS, 1),
            false,
            false);
    assertThrows(IllegalArgumentException.class, () -> new TokenOrder(letters));
  }

  @Test
  void afterTheEndNothingIsAllowed() {
    TokenConstraint walk = new JsonShape(Map.of("const", 1), tokens).begin();
    walk.accept(JsonTokens.FIRST_BYTE + '1');
    walk.accept(JsonTokens.END);
    TokenSet allowed = new TokenSet(vocabulary.size());
    walk.allow(allowed);
    assertEquals(-1, allowed.next(0));
  }
}
