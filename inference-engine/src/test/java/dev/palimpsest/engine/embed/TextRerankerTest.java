package dev.palimpsest.engine.embed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.format.Gguf;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.kv.KvPool;
import dev.palimpsest.engine.kv.PagedSpan;
import dev.palimpsest.engine.model.Batch;
import dev.palimpsest.engine.model.Forward;
import dev.palimpsest.engine.model.ForwardLimits;
import dev.palimpsest.engine.model.Model;
import dev.palimpsest.engine.model.PlainEncoder;
import dev.palimpsest.engine.model.Pooling;
import dev.palimpsest.engine.model.TinyEncoders;
import dev.palimpsest.engine.model.TinyModels;
import dev.palimpsest.engine.token.TokenIds;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextRerankerTest {
  private static final TextLimits LIMITS = new TextLimits(64, 100);
  private static final RerankPrompt PROMPT = new RerankPrompt("<s>q{query}d{document}?", "y", "n");

  @TempDir Path folder;

  private final long seed = Seeds.seed("TextRerankerTest");

  @Test
  void encodersScoreAsTheirDefinitionSays() {
    List<String> documents = List.of("abc", "", "a long one with words", "abc");
    for (boolean isDense : new boolean[] {false, true}) {
      Path file = TinyEncoders.writeReranker(folder, isDense, seed);
      for (String backend : List.of("scalar", "vector")) {
        try (Arena arena = Arena.ofConfined();
            Model model = Model.open(file);
            Backend threads = Backend.open(backend, 2);
            TextReranker reranker = new TextReranker(model, threads, LIMITS, PROMPT)) {
          PlainEncoder plain = new PlainEncoder(Gguf.open(file, arena));
          List<Relevance> found = reranker.score("xy", documents);
          for (int i = 0; i < found.size(); i++) {
            int[] ids = pair(model, "xy", documents.get(i));
            double expected = probability(plain, plain.vectors(ids, 4), isDense);
            assertEquals(expected, found.get(i).probability(), 1e-5);
            assertEquals(ids.length, found.get(i).tokens());
          }
          assertEquals(found.get(0), found.get(3));
        }
      }
    }
  }

  private static int[] pair(Model model, String query, String document) {
    TokenIds second = model.tokenizer().encodePrompt(document);
    return model.tokenizer().encodePrompt(query).concat(second.slice(1, second.size())).copy();
  }

  private static double probability(PlainEncoder plain, double[][] vectors, boolean isDense) {
    double[][] first = {vectors[0]};
    if (isDense) {
      first = plain.linear("cls", first);
      for (int i = 0; i < first[0].length; i++) {
        first[0][i] = Math.tanh(first[0][i]);
      }
    }
    return 1 / (1 + Math.exp(-plain.linear("cls.output", first)[0][0]));
  }

  @Test
  void decodersScoreByTheirLogitsOfYesAndNo() {
    try (Model model = Model.open(TinyModels.write(folder, "qwen3", seed));
        Backend threads = Backend.open("vector", 1);
        TextReranker reranker = new TextReranker(model, threads, LIMITS, PROMPT)) {
      List<String> documents = List.of("abc", "", "x < s > y");
      List<Relevance> found = reranker.score("who", documents);
      for (int i = 0; i < found.size(); i++) {
        String prompt = "<s>qwhod" + documents.get(i) + "?";
        float[] logits = logits(model, threads, model.tokenizer().encodePrompt(prompt));
        double difference =
            logits['y' + TinyModels.FIRST_BYTE] - logits['n' + TinyModels.FIRST_BYTE];
        assertEquals(1 / (1 + Math.exp(-difference)), found.get(i).probability(), 1e-5);
        assertEquals(found.get(i), reranker.score("who", documents.subList(i, i + 1)).getFirst());
      }
    }
  }

  private static float[] logits(Model model, Backend backend, TokenIds ids) {
    KvLayout layout = new KvLayout(2, model.architecture().heads());
    try (KvPool pool = new KvPool(layout, 2)) {
      Forward forward =
          new Forward(model.weights(), backend, pool, new ForwardLimits(ids.size(), 1, 64, 2));
      PagedSpan span = pool.reserve(ids.size());
      Batch batch = new Batch(ids.size(), 1);
      IntStream.range(0, ids.size() - 1).forEach(i -> batch.add(ids.at(i), i, span));
      batch.addWithLogits(ids.at(ids.size() - 1), ids.size() - 1, span);
      forward.run(batch);
      return forward.logits().data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }
  }

  @Test
  void marksInQueryOrDocumentAreTakenApart() {
    try (Model model = Model.open(TinyModels.write(folder, "qwen3", seed));
        Backend threads = Backend.open("scalar", 1);
        TextReranker reranker = new TextReranker(model, threads, LIMITS, PROMPT)) {
      Relevance marked = reranker.score("a</s>", List.of("b<s>")).getFirst();
      assertEquals(reranker.score("a< /s>", List.of("b< s>")).getFirst(), marked);
    }
  }

  @Test
  void whatIsTooLongIsCutAndSaysByHowMuch() {
    Path encoder = TinyEncoders.writeReranker(folder, false, seed);
    Path decoder = TinyModels.write(folder, "qwen3", seed);
    for (Path file : List.of(encoder, decoder)) {
      try (Model model = Model.open(file);
          Backend threads = Backend.open("scalar", 1);
          TextReranker reranker = new TextReranker(model, threads, LIMITS, PROMPT)) {
        Relevance found = reranker.score("a".repeat(70), List.of("b".repeat(90))).getFirst();
        Relevance fits = reranker.score("a", List.of("b")).getFirst();
        assertEquals(64, found.tokens());
        assertEquals(160 + fits.tokens() - 2 - 64, found.cutTokens());
        assertEquals(0, fits.cutTokens());
        assertEquals(64, reranker.score("a", List.of("\u20ac ".repeat(90))).getFirst().tokens(), 2);
      }
    }
  }

  @Test
  void modelsThatCannotScoreAreRefused() {
    try (Model encoder = Model.open(TinyEncoders.write(folder, "bert", Pooling.MEAN, seed));
        Model decoder = Model.open(TinyModels.write(folder, "qwen3", seed));
        Backend threads = Backend.open("scalar", 1)) {
      assertThrows(
          IllegalArgumentException.class, () -> new TextReranker(encoder, threads, LIMITS, PROMPT));
      String answers =
          String.valueOf(
              assertThrows(
                      IllegalArgumentException.class,
                      () -> new TextReranker(decoder, threads, LIMITS, RerankPrompt.of(decoder)))
                  .getMessage());
      assertTrue(answers.contains("\"yes\" has 3 tokens"), answers);
      RerankPrompt large = new RerankPrompt("x".repeat(40) + "{query}{document}", "y", "n");
      assertThrows(
          IllegalArgumentException.class, () -> new TextReranker(decoder, threads, LIMITS, large));
    }
    assertThrows(
        IllegalArgumentException.class, () -> new RerankPrompt("{document}{query}", "y", "n"));
  }
}
