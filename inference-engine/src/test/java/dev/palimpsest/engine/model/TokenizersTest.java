package dev.palimpsest.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.format.Gguf;
import dev.palimpsest.engine.format.GgufWriter;
import dev.palimpsest.engine.format.HeaderMutator;
import dev.palimpsest.engine.format.ModelFormatException;
import dev.palimpsest.engine.token.TokenIds;
import dev.palimpsest.engine.token.Tokenizer;
import dev.palimpsest.engine.token.Tokenizer.Special;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokenizers as model files describe them, rightly and wrongly. */
final class TokenizersTest {
  private static final String PREFIX = "tokenizer.ggml.";
  private static final List<String> TOKENS = List.of("<unk>", "<s>", "</s>", "\u2581a", "\u2581");
  private static final int[] TYPES = {2, 3, 3, 1, 1};
  private static final float[] SCORES = {0, 0, 0, -1, -2};

  @TempDir private Path folder;

  private Tokenizer open(GgufWriter writer) throws IOException {
    return open(writer.write(folder.resolve("model.gguf")));
  }

  private static Tokenizer open(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      return Tokenizers.of(Gguf.open(file, arena).metadata());
    }
  }

  private static GgufWriter sentencePiece() {
    return new GgufWriter()
        .string(PREFIX + "model", "llama")
        .strings(PREFIX + "tokens", TOKENS)
        .floats(PREFIX + "scores", SCORES)
        .ints(PREFIX + "token_type", TYPES)
        .u32(PREFIX + "bos_token_id", 1)
        .u32(PREFIX + "eos_token_id", 2);
  }

  private static GgufWriter bytePair(String pre, String... merges) {
    return new GgufWriter()
        .string(PREFIX + "model", "gpt2")
        .string(PREFIX + "pre", pre)
        .strings(PREFIX + "tokens", List.of("a", "b", "ab", "<|im_end|>"))
        .ints(PREFIX + "token_type", 1, 1, 1, 3)
        .strings(PREFIX + "merges", List.of(merges));
  }

  private void assertRefused(String key, String words, GgufWriter writer) {
    ModelFormatException e = assertThrows(ModelFormatException.class, () -> open(writer));
    assertEquals(PREFIX + key, e.field(), e::getMessage);
    assertTrue(e.getMessage().contains(words), e::getMessage);
  }

  @Test
  void sentencePieceFileSaysWhatIsAdded() throws IOException {
    Tokenizer usual = open(sentencePiece());
    assertEquals(TokenIds.of(1, 3), usual.encodePrompt("a"));
    Tokenizer unusual =
        open(
            sentencePiece()
                .flag(PREFIX + "add_bos_token", false)
                .flag(PREFIX + "add_eos_token", true)
                .flag(PREFIX + "add_space_prefix", false));
    assertEquals(TokenIds.of(3, 2), unusual.encodePrompt(" a"));
    assertTrue(unusual.vocabulary().isEndOfGeneration(2));
    assertFalse(unusual.vocabulary().isEndOfGeneration(3));
  }

  @Test
  void bytePairFileSaysItsMergesAndEndings() throws IOException {
    Tokenizer tokenizer = open(bytePair("qwen2", "a b").u32(PREFIX + "eot_token_id", 1));
    assertEquals(TokenIds.of(2, 0), tokenizer.encodePrompt("aba"));
    assertEquals(OptionalInt.empty(), tokenizer.vocabulary().bos());
    assertTrue(tokenizer.vocabulary().isEndOfGeneration(1));
    assertTrue(tokenizer.vocabulary().isEndOfGeneration(3));
  }

  @Test
  void wordPieceFileSaysItsMarks() throws IOException {
    Tokenizer tokenizer = open(wordPiece().u32(PREFIX + "unknown_token_id", 0));
    assertEquals(TokenIds.of(1, 3, 4, 0, 2), tokenizer.encodePrompt("\u00c1b c"));
    assertEquals(" ab[UNK]", tokenizer.decode(TokenIds.of(1, 3, 4, 0, 2)));
    assertEquals(TokenIds.of(0), tokenizer.encode("ac", Special.TEXT));
    assertRefused("tokens", "the part UNKNOWN", wordPiece());
  }

  private static GgufWriter wordPiece() {
    return new GgufWriter()
        .string(PREFIX + "model", "bert")
        .strings(PREFIX + "tokens", List.of("[UNK]", "[CLS]", "[SEP]", "\u2581a", "b"))
        .ints(PREFIX + "token_type", 3, 3, 3, 1, 1)
        .u32(PREFIX + "cls_token_id", 1)
        .u32(PREFIX + "seperator_token_id", 2);
  }

  @Test
  void fileWithoutATokenizerOrWithAnUnknownOneIsRefused() {
    assertRefused("model", "is missing", new GgufWriter());
    assertRefused("model", "not rwkv", new GgufWriter().string(PREFIX + "model", "rwkv"));
    assertRefused("pre", "martian is not known", bytePair("martian"));
    assertRefused("pre", "is missing", new GgufWriter().string(PREFIX + "model", "gpt2"));
  }

  @Test
  void listsOfAnotherLengthThanTheTokensAreRefused() {
    GgufWriter writer =
        new GgufWriter().string(PREFIX + "model", "llama").strings(PREFIX + "tokens", TOKENS);
    assertRefused("scores", "has 1 entries for 5 tokens", writer.floats(PREFIX + "scores", 1));
    GgufWriter types = bytePairTokens().ints(PREFIX + "token_type", 1, 1, 1);
    assertRefused("token_type", "has 3 entries for 2 tokens", types);
  }

  private static GgufWriter bytePairTokens() {
    return new GgufWriter()
        .string(PREFIX + "model", "gpt2")
        .string(PREFIX + "pre", "gpt-2")
        .strings(PREFIX + "tokens", List.of("a", "b"));
  }

  @Test
  void tokensThatMeanNothingAreRefused() {
    assertRefused(
        "token_type",
        "token 1 has the unknown type 7",
        bytePairTokens().ints(PREFIX + "token_type", 1, 7));
    assertRefused(
        "tokens",
        "<0xNN>, not b",
        bytePairTokens().ints(PREFIX + "token_type", 1, 6).strings(PREFIX + "merges", List.of()));
    GgufWriter scores =
        new GgufWriter()
            .string(PREFIX + "model", "llama")
            .strings(PREFIX + "tokens", List.of("a"))
            .floats(PREFIX + "scores", Float.NaN);
    assertRefused("scores", "the score of token 0 is no number", scores);
    GgufWriter empty =
        new GgufWriter()
            .string(PREFIX + "model", "llama")
            .strings(PREFIX + "tokens", List.of())
            .floats(PREFIX + "scores");
    assertRefused("tokens", "1 to 1048576 tokens, not 0", empty);
    GgufWriter mute =
        new GgufWriter()
            .string(PREFIX + "model", "llama")
            .strings(PREFIX + "tokens", List.of("a"))
            .floats(PREFIX + "scores", 0);
    assertRefused("tokens", "neither an unknown token", mute);
  }

  @Test
  void roleOfNoTokenIsRefused() {
    assertRefused("eom_token_id", "is token 5", sentencePiece().u32(PREFIX + "eom_token_id", 5));
    assertRefused(
        "padding_token_id", "4294967295", sentencePiece().u32(PREFIX + "padding_token_id", -1));
  }

  @Test
  void mergeOfNoTokenIsRefused() {
    assertRefused("merges", "merge 1 has", bytePair("qwen2", "a b", "b a"));
    assertRefused("merges", "is missing", bytePairTokens());
  }

  /** A file of each kind. */
  static List<GgufWriter> writers() {
    return List.of(
        sentencePiece(),
        bytePair("llama-bpe", "a b"),
        wordPiece().u32(PREFIX + "unknown_token_id", 0));
  }

  @Test
  void mutatedVocabulariesAreRefusedWithAPlaceOrCanEncode() throws IOException {
    long seed = Seeds.seed("mutated vocabularies");
    List<HeaderMutator> mutators = writers().stream().map(HeaderMutator::new).toList();
    int refused = 0;
    int rounds = Seeds.iterations(200);
    for (int round = 0; round < rounds; round++) {
      byte[] mutant = mutators.get(round % mutators.size()).mutant(Seeds.random(seed + round));
      Path file = Files.write(folder.resolve("mutant.gguf"), mutant);
      try {
        Tokenizer tokenizer = open(file);
        tokenizer.decode(tokenizer.encode("<s>a b</s>\u20ac", Special.PARSE));
      } catch (ModelFormatException e) {
        assertTrue(e.offset() >= 0 && e.offset() <= mutant.length, e::getMessage);
        refused++;
      }
    }
    assertTrue(refused > rounds / 2 && refused < rounds, refused + " refused");
  }

  @Test
  void promptOfARealModelHasTheExpectedIds() throws IOException {
    Path file = folder.resolve("stories260K.gguf");
    try (InputStream in = TokenizersTest.class.getResourceAsStream("/stories260K.gguf")) {
      Files.copy(Objects.requireNonNull(in), file);
    }
    Tokenizer tokenizer = open(file);
    TokenIds ids = tokenizer.encodePrompt("Lily and Tom went to the park.");
    assertEquals(TokenIds.of(1, 317, 269, 274, 287, 263, 377, 267, 265, 282, 295, 433, 426), ids);
    assertEquals("Lily and Tom went to the park.", tokenizer.decode(ids));
  }
}
