package dev.palimpsest.engine.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.palimpsest.engine.SharedFolder;
import dev.palimpsest.engine.format.Gguf;
import dev.palimpsest.engine.token.TokenIds;
import dev.palimpsest.engine.token.Tokenizer;
import dev.palimpsest.engine.token.Tokenizer.Special;
import dev.palimpsest.engine.token.Utf8Decoder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every case that a reference engine has answered, for each vocabulary: ids with special tokens as
 * text, ids of a prompt, the text of ids, the bytes of pieces.
 */
final class GoldenTokenizerTest {
  private static final int PUBLISHED_CASES = 46;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-bpe",
        "qwen2",
        "llama-spm",
        "gpt-2",
        "mpt",
        "starcoder",
        "refact",
        "bert-bge",
      })
  void allCasesOfTheReferenceEngineAreExact(String name) throws IOException {
    JsonNode golden =
        new ObjectMapper()
            .readTree(SharedFolder.require("golden/tokenizer/" + name + ".json").toFile());
    Tokenizer tokenizer = tokenizer(name);
    assertEquals(golden.get("tokens").asInt(), tokenizer.vocabulary().size());
    int published = 0;
    for (JsonNode aCase : golden.get("cases")) {
      published += aCase.has("from") ? 1 : 0;
      checkCase(tokenizer, aCase);
    }
    assertEquals(PUBLISHED_CASES, published);
    assertFalse(golden.get("streaming").isEmpty());
    for (JsonNode stream : golden.get("streaming")) {
      checkStream(tokenizer, stream);
    }
  }

  private Tokenizer tokenizer(String name) throws IOException {
    Path packed = SharedFolder.require("golden/tokenizer/" + name + ".gguf.gz");
    Path file = folder.resolve(name + ".gguf");
    try (InputStream in = new GZIPInputStream(Files.newInputStream(packed))) {
      Files.copy(in, file);
    }
    try (Arena arena = Arena.ofConfined()) {
      return Tokenizers.of(Gguf.open(file, arena).metadata());
    }
  }

  private static void checkCase(Tokenizer tokenizer, JsonNode aCase) {
    String text = aCase.get("text").asText();
    TokenIds ids = ids(aCase.get("ids"));
    assertEquals(ids, tokenizer.encode(text, Special.TEXT), () -> "ids of " + text);
    assertEquals(
        ids(aCase.get("ids_special")), tokenizer.encodePrompt(text), () -> "prompt " + text);
    String decoded = tokenizer.decode(ids);
    String expected = aCase.has("detokenized") ? aCase.get("detokenized").asText() : text;
    assertTrue(
        decoded.equals(expected) || tidied(decoded).equals(expected),
        () -> expected + " expected, not " + decoded);
  }

  /**
   * The reference engine tidies the spaces of English before it shows a whole text. The engine does
   * not: what is streamed cannot be taken back, and the pieces are the truth.
   */
  private static String tidied(String text) {
    return text.replaceAll(" ([?!.,])", "$1")
        .replace(" ' ", "'")
        .replaceAll(" ('s|'m|'re|'ve)", "$1");
  }

  private static void checkStream(Tokenizer tokenizer, JsonNode stream) {
    TokenIds ids = ids(stream.get("ids"));
    Utf8Decoder decoder = new Utf8Decoder();
    StringBuilder streamed = new StringBuilder();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < ids.size(); i++) {
      byte[] piece = HexFormat.of().parseHex(stream.get("pieces_hex").get(i).asText());
      assertArrayEquals(piece, tokenizer.vocabulary().piece(ids.at(i)));
      bytes.writeBytes(piece);
      streamed.append(decoder.append(piece));
      String whole = bytes.toString(StandardCharsets.UTF_8);
      assertTrue(whole.startsWith(streamed.toString()), "no character is shown before it is whole");
      assertEquals(whole.length() > streamed.length(), decoder.isHolding());
    }
    streamed.append(decoder.flush());
    assertEquals(bytes.toString(StandardCharsets.UTF_8), streamed.toString());
  }

  private static TokenIds ids(JsonNode array) {
    return TokenIds.of(IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray());
  }
}
