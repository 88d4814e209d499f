package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.backend.nativecpu.NativeHere;
import dev.palimpsest.engine.model.Model;
import dev.palimpsest.engine.model.TrainedModels;
import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.token.TokenIds;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Small trained models write what other engines write, token by token. */
class TrainedModelTest {
  @TempDir static Path folder;

  @TestFactory
  List<DynamicTest> storiesContinueExactly() throws IOException {
    Path file = TrainedModels.copy("stories260K.gguf", folder);
    Path expected = TrainedModels.copy("stories260K.json", folder);
    JsonNode cases = new ObjectMapper().readTree(expected.toFile());
    return cases(file, cases, DType.F32);
  }

  @TestFactory
  List<DynamicTest> babyLlamaContinuesExactly() throws IOException {
    Path file = SharedFolder.require("models/babyllama105.gguf");
    Path expected = SharedFolder.require("models/expected.json");
    return cases(
        file, new ObjectMapper().readTree(expected.toFile()).get("babyllama105"), DType.F32);
  }

  /**
   * The model that comes with the sources, against PyTorch on the same rounded weights. Short
   * answers bear that keys and values are rounded too.
   */
  @TestFactory
  List<DynamicTest> theBundledReaderAnswersExactly() throws IOException {
    Path file = Path.of("models", "palimpsest-reader-q8_0.gguf");
    Path expected = TrainedModels.copy("palimpsest-reader.json", folder);
    JsonNode cases = new ObjectMapper().readTree(expected.toFile());
    return cases(file, cases, DType.F32, DType.F16, DType.BF16, DType.Q8_0);
  }

  private static List<DynamicTest> cases(Path file, JsonNode expected, DType... types) {
    assertEquals(5, expected.get("cases").size());
    List<DynamicTest> tests = new ArrayList<>();
    for (String backend : List.of("scalar", "vector", "native")) {
      for (DType type : types) {
        tests.add(
            DynamicTest.dynamicTest(
                backend + " " + type,
                () -> {
                  NativeHere.orSkip(backend);
                  continuesExactly(file, backend, type, expected.get("cases"));
                }));
      }
    }
    return tests;
  }

  private static void continuesExactly(Path file, String choice, DType type, JsonNode cases) {
    EngineConfig config =
        new EngineConfig(512, 8 << 20, 5, 5, 32, 1_000, 0, 1L << 30).withCacheType(type);
    try (Model model = Model.open(file);
        Backend backend = Backend.open(choice, 2);
        Engine engine = new Engine(config, model, backend)) {
      List<Generation> generations = new ArrayList<>();
      for (JsonNode each : cases) {
        TokenIds prompt = model.tokenizer().encodePrompt(each.get("prompt").asText());
        assertEquals(ids(each.get("prompt_ids")), prompt);
        var request =
            new GenerationRequest(
                prompt, SamplingParams.GREEDY, each.get("greedy_ids").size(), List.of());
        Admission answer = engine.submit(request);
        generations.add(assertInstanceOf(Admission.Accepted.class, answer).generation());
      }
      while (engine.step() > 0) {
        engine.checkInvariants();
      }
      for (int i = 0; i < generations.size(); i++) {
        Generation generation = generations.get(i);
        assertEquals(ids(cases.get(i).get("greedy_ids")), generation.output().orElseThrow());
        String text = cases.get(i).get("prompt").asText() + text(generation);
        assertEquals(cases.get(i).get("text").asText(), text);
        if (type == DType.F32 && cases.get(i).has("confidence")) {
          assertSure(cases.get(i).get("confidence"), generation.confidence().orElseThrow());
        }
      }
    }
  }

  private static void assertSure(JsonNode expected, Confidence found) {
    assertEquals(expected.get("logprob_mean").asDouble(), found.logProbabilityMean(), 1e-4);
    assertEquals(expected.get("logprob_min").asDouble(), found.logProbabilityMin(), 1e-4);
    assertEquals(expected.get("entropy_mean").asDouble(), found.entropyMean(), 1e-3);
    assertEquals(expected.get("entropy_max").asDouble(), found.entropyMax(), 1e-3);
  }

  private static String text(Generation generation) {
    StringBuilder text = new StringBuilder();
    for (TokenDelta delta = generation.poll(); delta != null; delta = generation.poll()) {
      text.append(delta.text());
    }
    return text.toString();
  }

  private static TokenIds ids(JsonNode array) {
    int[] ids = new int[array.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = array.get(i).asInt();
    }
    return TokenIds.of(ids);
  }
}
