package dev.palimpsest.engine.embed;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.palimpsest.engine.SharedFolder;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.model.Model;
import dev.palimpsest.engine.model.Pooling;
import dev.palimpsest.engine.token.TokenIds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Vectors of random models, against those of a reference engine. */
class GoldenVectorsTest {
  private static final double EXACT = 5e-4;

  /** The reference engine's GELU is another one, rounded to halves. */
  private static final double HALF_GELU = 3e-3;

  private static final Map<Pooling, String> NAMES =
      Map.of(Pooling.MEAN, "mean", Pooling.FIRST, "cls", Pooling.LAST, "last");

  @TestFactory
  List<DynamicTest> modelsGiveTheVectorsOfTheReference() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String model : List.of("bert-bge", "nomic-bert", "qwen3-embedding")) {
      for (String backend : List.of("scalar", "vector")) {
        tests.add(DynamicTest.dynamicTest(model + " " + backend, () -> compare(model, backend)));
      }
    }
    return tests;
  }

  private static void compare(String name, String backend) throws IOException {
    JsonNode golden =
        new ObjectMapper().readTree(SharedFolder.require("golden/arch/" + name + ".json").toFile());
    double tolerance = name.equals("bert-bge") ? HALF_GELU : EXACT;
    double worst = 0;
    double exact = 0;
    try (Model model = Model.open(SharedFolder.require("golden/arch/" + name + ".gguf"));
        Backend threads = Backend.open(backend, 2)) {
      for (Pooling pooling : List.of(Pooling.MEAN, Pooling.FIRST, Pooling.LAST)) {
        try (TextEmbedder embedder =
            new TextEmbedder(model, threads, new TextLimits(512, 300), pooling)) {
          List<TextVector> found = embedder.embedTokens(ids(golden.get("sequences")));
          for (int i = 0; i < found.size(); i++) {
            JsonNode sequence = golden.get("sequences").get(i);
            worst = Math.max(worst, compare(sequence, pooling, found.get(i), tolerance));
            exact = Math.max(exact, compareExact(sequence, pooling, found.get(i)));
          }
        }
      }
    }
    System.out.println(name + " " + backend + ": largest difference " + worst + ", exact " + exact);
  }

  private static List<TokenIds> ids(JsonNode sequences) {
    List<TokenIds> all = new ArrayList<>();
    for (JsonNode sequence : sequences) {
      int[] ids = new int[sequence.get("ids").size()];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = sequence.get("ids").get(i).asInt();
      }
      all.add(TokenIds.of(ids));
    }
    return all;
  }

  private static double compare(
      JsonNode sequence, Pooling pooling, TextVector found, double tolerance) {
    JsonNode pooled = sequence.get("pooled").path(NAMES.get(pooling));
    double worst =
        pooled.has("vector")
            ? distance(pooled.get("vector"), pooled.get("l2").asDouble(), found, tolerance)
            : 0;
    String token = pooling == Pooling.FIRST ? "first" : pooling == Pooling.LAST ? "last" : "";
    JsonNode vector = sequence.path("token_vectors").path(token);
    return vector.isArray()
        ? Math.max(worst, distance(vector, norm(vector), found, tolerance))
        : worst;
  }

  /** Exact arithmetic with the GELU that these models are trained with, where the file has it. */
  private static double compareExact(JsonNode sequence, Pooling pooling, TextVector found) {
    JsonNode vector = sequence.path("f64_gelu_erf").path(NAMES.get(pooling));
    return vector.isArray() ? distance(vector, norm(vector), found, EXACT) : 0;
  }

  private static double norm(JsonNode vector) {
    double squares = 0;
    for (JsonNode each : vector) {
      squares += each.asDouble() * each.asDouble();
    }
    return Math.sqrt(squares);
  }

  private static double distance(
      JsonNode expected, double norm, TextVector found, double tolerance) {
    float[] values = found.copy();
    assertEquals(expected.size(), values.length);
    double worst = 0;
    for (int i = 0; i < values.length; i++) {
      assertEquals(expected.get(i).asDouble(), values[i] * norm, tolerance);
      worst = Math.max(worst, Math.abs(expected.get(i).asDouble() - values[i] * norm));
    }
    return worst;
  }
}
