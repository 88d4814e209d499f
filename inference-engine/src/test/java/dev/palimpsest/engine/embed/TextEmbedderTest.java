package dev.palimpsest.engine.embed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.format.Gguf;
import dev.palimpsest.engine.format.GgufWriter;
import dev.palimpsest.engine.format.ModelFormatException;
import dev.palimpsest.engine.model.Model;
import dev.palimpsest.engine.model.PlainEncoder;
import dev.palimpsest.engine.model.Pooling;
import dev.palimpsest.engine.model.TinyEncoders;
import dev.palimpsest.engine.model.TinyModels;
import dev.palimpsest.engine.tensor.Shape;
import dev.palimpsest.engine.token.TokenIds;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextEmbedderTest {
  private static final TextLimits LIMITS = new TextLimits(48, 100);

  @TempDir Path folder;

  private final long seed = Seeds.seed("TextEmbedderTest");
  private final RandomGenerator random = Seeds.random(seed);

  /** Small letters and spaces. */
  private String text(int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(random.nextInt(5) == 0 ? ' ' : (char) ('a' + random.nextInt(26)));
    }
    return text.toString();
  }

  @Test
  void encodersGiveTheVectorsOfTheirDefinition() {
    for (String architecture : TinyEncoders.ARCHITECTURES) {
      for (Pooling pooling : List.of(Pooling.MEAN, Pooling.FIRST, Pooling.LAST)) {
        Path file = TinyEncoders.write(folder, architecture, pooling, seed);
        List<String> texts = List.of(text(1), text(30), "", text(40));
        for (String backend : List.of("scalar", "vector")) {
          compare(file, pooling, texts, backend);
        }
      }
    }
  }

  private static void compare(Path file, Pooling pooling, List<String> texts, String backend) {
    try (Arena arena = Arena.ofConfined();
        Model model = Model.open(file);
        Backend threads = Backend.open(backend, 2);
        TextEmbedder embedder = new TextEmbedder(model, threads, LIMITS, null)) {
      assertEquals(pooling, embedder.pooling());
      PlainEncoder plain = new PlainEncoder(Gguf.open(file, arena));
      List<TextVector> found = embedder.embed(texts);
      for (int i = 0; i < texts.size(); i++) {
        int[] ids = model.tokenizer().encodePrompt(texts.get(i)).copy();
        float[] expected = normalised(pooled(plain.vectors(ids, ids.length), pooling));
        assertArrayEquals(expected, found.get(i).copy(), 2e-5f, file + ", text " + i);
        assertEquals(ids.length, found.get(i).tokens());
        assertEquals(0, found.get(i).cutTokens());
      }
    }
  }

  private static double[] pooled(double[][] vectors, Pooling pooling) {
    if (pooling != Pooling.MEAN) {
      return pooling == Pooling.FIRST ? vectors[0] : vectors[vectors.length - 1];
    }
    double[] mean = new double[vectors[0].length];
    for (double[] each : vectors) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += each[i] / vectors.length;
      }
    }
    return mean;
  }

  private static float[] normalised(double[] vector) {
    double norm = Math.sqrt(Arrays.stream(vector).map(v -> v * v).sum());
    float[] out = new float[vector.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) (vector[i] / norm);
    }
    return out;
  }

  private List<Path> models() {
    List<Path> files = new ArrayList<>();
    for (String architecture : TinyEncoders.ARCHITECTURES) {
      files.add(TinyEncoders.write(folder, architecture, Pooling.MEAN, seed));
    }
    files.add(TinyModels.write(folder, "qwen3", seed));
    files.add(TinyModels.write(folder, "gemma3", seed));
    return files;
  }

  @Test
  void aTextHasTheSameBitsInEveryBatch() {
    for (Path file : models()) {
      List<String> texts = new ArrayList<>();
      for (int i = 0; i < 23; i++) {
        texts.add(text(random.nextInt(60)));
      }
      for (String backend : List.of("scalar", "vector")) {
        try (Model model = Model.open(file);
            Backend threads = Backend.open(backend, 2);
            TextEmbedder embedder = new TextEmbedder(model, threads, LIMITS, Pooling.LAST)) {
          List<TextVector> together = embedder.embed(texts);
          for (int i = texts.size() - 1; i >= 0; i--) {
            assertEquals(together.get(i), embedder.embed(List.of(texts.get(i))).getFirst());
          }
          assertEquals(List.of(), embedder.embed(List.of()));
        }
      }
    }
  }

  @Test
  void textTooLongIsCutAndSaysByHowMuch() {
    for (Path file : models()) {
      try (Model model = Model.open(file);
          Backend threads = Backend.open("scalar", 1);
          TextEmbedder embedder = new TextEmbedder(model, threads, LIMITS, Pooling.MEAN)) {
        String longText = "a".repeat(60);
        int marks = model.tokenizer().encodePrompt("").size();
        TextVector found = embedder.embed(List.of(longText)).getFirst();
        assertEquals(48, found.tokens());
        assertEquals(60 + marks - 48, found.cutTokens());
        TextVector fits = embedder.embed(List.of("a".repeat(48 - marks))).getFirst();
        assertArrayEquals(fits.copy(), found.copy());
        assertEquals(0, fits.cutTokens());
      }
    }
  }

  @Test
  void vectorsHaveLengthOneAndNoTokenGivesZero() {
    for (Path file : models()) {
      try (Model model = Model.open(file);
          Backend threads = Backend.open("vector", 1);
          TextEmbedder embedder = new TextEmbedder(model, threads, LIMITS, Pooling.MEAN)) {
        List<TextVector> found =
            embedder.embedTokens(List.of(TokenIds.of(), TokenIds.of(5, 6), TokenIds.of(7)));
        assertArrayEquals(new float[embedder.dimensions()], found.get(0).copy());
        assertEquals(1, found.get(1).cosine(found.get(1)), 1e-6);
        assertTrue(Math.abs(found.get(1).cosine(found.get(2))) < 0.999);
        int size = model.vocabulary().size();
        assertThrows(
            IllegalArgumentException.class, () -> embedder.embedTokens(List.of(TokenIds.of(size))));
      }
    }
  }

  @Test
  void marksInATextAreText() {
    Path file = TinyEncoders.write(folder, "bert", Pooling.MEAN, seed);
    try (Model model = Model.open(file);
        Backend threads = Backend.open("scalar", 1);
        TextEmbedder embedder = new TextEmbedder(model, threads, LIMITS, null)) {
      // Two brackets and a word in them, between the marks of the whole.
      assertEquals(7, embedder.embed(List.of("[SEP]")).getFirst().tokens());
    }
  }

  @Test
  void memoryIsWhatWasSaidBefore() {
    for (Path file : models()) {
      try (Model model = Model.open(file);
          Backend threads = Backend.open("scalar", 1)) {
        long bytes = TextEmbedder.memoryBytes(model, LIMITS);
        try (TextEmbedder embedder = new TextEmbedder(model, threads, LIMITS, Pooling.MEAN)) {
          long cache = bytes - threads.workspaceBytes();
          assertTrue(cache > 0 && cache < bytes, file + ": " + bytes);
          assertEquals(0, cache % (32 * 2 * Float.BYTES));
          assertEquals(48, embedder.contextTokens());
        }
      }
    }
  }

  @Test
  void modelsThatMakeNoVectorsAndEncodersThatShallGenerateAreRefused() throws IOException {
    Path decoder = TinyModels.write(folder, "llama", seed);
    Path reranker = TinyEncoders.writeReranker(folder, false, seed);
    try (Model model = Model.open(decoder);
        Model scorer = Model.open(reranker);
        Backend threads = Backend.open("scalar", 1)) {
      for (Model each : List.of(model, scorer)) {
        assertThrows(
            IllegalArgumentException.class, () -> new TextEmbedder(each, threads, LIMITS, null));
      }
      assertEquals(
          "general.architecture",
          assertThrows(ModelFormatException.class, scorer::weights).field());
      assertThrows(ModelFormatException.class, model::encoderWeights);
    }
  }

  @Test
  void encodersWithAMissingOrAForeignTensorAreRefused() throws IOException {
    GgufWriter more = TinyEncoders.writer("bert", Pooling.MEAN, seed);
    assertRefused("output.weight", more.tensor("output.weight", Shape.of(1), 1f));
    GgufWriter head = TinyEncoders.writer("bert", Pooling.MEAN, seed);
    assertRefused("cls.bias", head.tensor("cls.bias", Shape.of(16), new float[16]));
    GgufWriter three = TinyEncoders.writer("bert", Pooling.MEAN, seed);
    assertRefused(
        "cls.output.weight", three.tensor("cls.output.weight", Shape.of(3, 16), new float[48]));
    GgufWriter pooled = TinyModels.writer("qwen3", seed);
    assertRefused("qwen3.pooling_type", pooled.u32("qwen3.pooling_type", 9));
    GgufWriter causal = TinyModels.writer("qwen3", seed);
    assertRefused("qwen3.attention.causal", causal.flag("qwen3.attention.causal", false));
  }

  private void assertRefused(String field, GgufWriter writer) throws IOException {
    Path file = writer.write(folder.resolve("refused.gguf"));
    ModelFormatException e = assertThrows(ModelFormatException.class, () -> Model.open(file));
    assertEquals(field, e.field(), e::getMessage);
  }
}
