package dev.palimpsest.engine.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.palimpsest.engine.SharedFolder;
import dev.palimpsest.engine.backend.nativecpu.NativeHere;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Logits and greedy paths of random models, against those of a reference engine. */
class GoldenLogitsTest {
  /** How far logits, and the logarithm of the sum of their powers, may be off. */
  private record Tolerance(double logit, double logSum) {
    static final Tolerance EXACT = new Tolerance(5e-4, 1e-4);
    static final Tolerance HALF_GELU = new Tolerance(0.03, 0.03);
  }

  private static final List<String> MODELS =
      List.of(
          "llama-gqa",
          "llama-tied-rope-linear",
          "llama-rope-llama3",
          "llama-rope-yarn",
          "llama-moe",
          "mistral-swa",
          "mistral3-yarn-temp",
          "phi3-fused",
          "qwen2-bias",
          "qwen3-qknorm",
          "qwen3-yarn",
          "qwen3moe",
          "qwen35-gdn",
          "qwen35moe-gdn",
          "qwen3next-gdn");
  private static final List<String> QUANTISATIONS =
      List.of("Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "IQ4_XS", "Q4_0");
  private static final int CHUNK = 48;
  private static final List<String> JAVA = List.of("scalar", "vector");
  private static final List<String> ALL = List.of("scalar", "vector", "native");

  /** All weights but those of norms are halves, which the library multiplies. */
  private static final List<String> NATIVE_MODELS =
      List.of("llama-gqa", "llama-moe", "phi3-fused", "qwen35-gdn");

  @TestFactory
  List<DynamicTest> architecturesGiveTheLogitsOfTheReference() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (String model : MODELS) {
      JsonNode expected = json("golden/arch/" + model + ".json");
      Path file = SharedFolder.require("golden/arch/" + model + ".gguf");
      boolean isNative = NATIVE_MODELS.contains(model);
      add(tests, model, file, expected.get("sequences"), isNative ? ALL : JAVA);
    }
    return tests;
  }

  @TestFactory
  List<DynamicTest> quantisedWeightsGiveTheLogitsOfTheirValues() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (String type : QUANTISATIONS) {
      String model = "llama-gqa-" + type;
      JsonNode expected = json("golden/quant/models/" + model + ".json");
      var sequences =
          (com.fasterxml.jackson.databind.node.ArrayNode)
              expected.get("dequantised_f32").get("sequences");
      for (int i = 0; i < sequences.size(); i++) {
        ((com.fasterxml.jackson.databind.node.ObjectNode) sequences.get(i))
            .set("ids", expected.get("ids").get(i));
      }
      Path file = SharedFolder.require("golden/quant/models/" + model + ".gguf");
      add(tests, model, file, sequences, ALL);
    }
    return tests;
  }

  /** The reference rounds the GELU to halves; its exact value is in the file for one position. */
  @TestFactory
  List<DynamicTest> gemmaGivesTheLogitsOfExactArithmetic() throws IOException {
    JsonNode expected = json("golden/arch/gemma3-iswa.json");
    Path file = SharedFolder.require("golden/arch/gemma3-iswa.gguf");
    List<DynamicTest> tests = new ArrayList<>();
    for (String backend : List.of("scalar", "vector")) {
      String name = "gemma3-iswa " + backend;
      tests.add(
          DynamicTest.dynamicTest(
              name,
              () -> {
                double worst =
                    compare(file, backend, expected.get("sequences"), Tolerance.HALF_GELU);
                System.out.println(name + ": largest difference of a logit " + worst);
                compareExact(file, backend, expected);
              }));
    }
    return tests;
  }

  private static void compareExact(Path file, String backend, JsonNode expected) {
    try (ForwardRig rig = new ForwardRig(file, backend, 2)) {
      float[][] logits = rig.append(ids(expected.get("sequences").get(2).get("ids")), CHUNK);
      JsonNode exact = expected.get("f64_last_logits_length_200");
      double worst = 0;
      for (int id = 0; id < exact.size(); id++) {
        double found = logits[logits.length - 1][id];
        assertEquals(exact.get(id).asDouble(), found, Tolerance.EXACT.logit);
        worst = Math.max(worst, Math.abs(exact.get(id).asDouble() - found));
      }
      System.out.println("gemma3-iswa " + backend + ": and of exact arithmetic " + worst);
    }
  }

  private static void add(
      List<DynamicTest> tests, String name, Path file, JsonNode sequences, List<String> backends) {
    for (String backend : backends) {
      tests.add(
          DynamicTest.dynamicTest(
              name + " " + backend,
              () -> {
                NativeHere.orSkip(backend);
                double worst = compare(file, backend, sequences, Tolerance.EXACT);
                System.out.println(
                    name + " " + backend + ": largest difference of a logit " + worst);
              }));
    }
  }

  private static double compare(
      Path file, String backend, JsonNode sequences, Tolerance tolerance) {
    double worst = 0;
    try (ForwardRig rig = new ForwardRig(file, backend, 2)) {
      for (JsonNode sequence : sequences) {
        rig.restart();
        float[][] logits = rig.append(ids(sequence.get("ids")), CHUNK);
        for (JsonNode position : sequence.get("positions")) {
          float[] found = logits[position.get("pos").asInt()];
          worst = Math.max(worst, comparePosition(found, position, tolerance));
        }
        if (sequence.has("last_logits")) {
          for (int id = 0; id < sequence.get("last_logits").size(); id++) {
            double expected = sequence.get("last_logits").get(id).asDouble();
            assertEquals(expected, logits[logits.length - 1][id], tolerance.logit);
            worst = Math.max(worst, Math.abs(expected - logits[logits.length - 1][id]));
          }
        }
        compareGreedy(rig, logits[logits.length - 1], sequence.get("greedy").get("ids"));
      }
    }
    return worst;
  }

  private static double comparePosition(float[] logits, JsonNode expected, Tolerance tolerance) {
    assertEquals(expected.get("logsumexp").asDouble(), logSumExp(logits), tolerance.logSum);
    double worst = 0;
    for (JsonNode pair : expected.get("top20")) {
      double wanted = pair.get(1).asDouble();
      double found = logits[pair.get(0).asInt()];
      assertEquals(wanted, found, tolerance.logit);
      worst = Math.max(worst, Math.abs(wanted - found));
    }
    for (var fixed : expected.path("fixed").properties()) {
      double found = logits[Integer.parseInt(fixed.getKey())];
      assertEquals(fixed.getValue().asDouble(), found, tolerance.logit);
    }
    return worst;
  }

  private static void compareGreedy(ForwardRig rig, float[] last, JsonNode expected) {
    float[] logits = last;
    for (int i = 0; i < expected.size(); i++) {
      int id = best(logits);
      assertEquals(expected.get(i).asInt(), id, "greedy step " + i);
      logits = rig.append(new int[] {id}, 1)[0];
    }
  }

  /** The same prompt in pieces of every size, on one to three threads: not a bit differs. */
  @Test
  void chunksAndThreadsDoNotChangeABit() throws IOException {
    for (String model : List.of("qwen3-qknorm", "qwen35-gdn", "qwen3next-gdn")) {
      chunksAndThreadsDoNotChangeABit(model, JAVA);
    }
  }

  @Test
  void norDoTheyWithTheNativeKernels() throws IOException {
    NativeHere.orSkip("native");
    chunksAndThreadsDoNotChangeABit("qwen35-gdn", List.of("native"));
  }

  private static void chunksAndThreadsDoNotChangeABit(String model, List<String> backends)
      throws IOException {
    Path file = SharedFolder.require("golden/arch/" + model + ".gguf");
    int[] ids = ids(json("golden/arch/" + model + ".json").get("sequences").get(2).get("ids"));
    for (String backend : backends) {
      float[][] whole;
      try (ForwardRig rig = new ForwardRig(file, backend, 1)) {
        whole = rig.append(ids, 64);
      }
      for (int chunk : new int[] {1, 2, 3, 7, 33}) {
        try (ForwardRig rig = new ForwardRig(file, backend, 1 + chunk % 3)) {
          assertArrayEquals(whole, rig.append(ids, chunk), model + " " + backend + " " + chunk);
        }
      }
    }
  }

  private static int best(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }

  private static double logSumExp(float[] logits) {
    double max = logits[best(logits)];
    double sum = 0;
    for (float each : logits) {
      sum += Math.exp(each - max);
    }
    return max + Math.log(sum);
  }

  private static int[] ids(JsonNode array) {
    int[] ids = new int[array.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = array.get(i).asInt();
    }
    return ids;
  }

  private static JsonNode json(String path) throws IOException {
    return new ObjectMapper().readTree(SharedFolder.require(path).toFile());
  }
}
