package dev.palimpsest.runtime.service;

import static dev.palimpsest.runtime.service.Calls.json;
import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.model.Pooling;
import dev.palimpsest.engine.model.TinyAdapters;
import dev.palimpsest.engine.model.TinyEncoders;
import dev.palimpsest.memory.postgres.NeedsPostgres;
import dev.palimpsest.runtime.bridge.TestModel;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters that sessions choose, vectors and ranks, beside the model that answers. */
@QuarkusTest
@WithTestResource(ServiceResource.class)
@TestProfile(SideModelsTest.WithFiles.class)
@ExtendWith(NeedsPostgres.class)
class SideModelsTest {
  private static final String ADAPTED = "stories260K:adapter 3";

  /** Random models of a few kilobytes. */
  public static final class WithFiles implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      try {
        Path folder = Files.createTempDirectory("palimpsest-models-");
        Path adapter = TinyAdapters.write(folder, TestModel.file(), 4, 3);
        Path vectors = TinyEncoders.write(folder, "bert", Pooling.MEAN, 1);
        Path ranks = TinyEncoders.writeReranker(folder, true, 1);
        return Map.of(
            "palimpsest.adapters",
            adapter.toString(),
            "palimpsest.embedding-model",
            vectors.toString(),
            "palimpsest.rerank-model",
            ranks.toString());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void aSessionAnswersUnderTheAdapterThatItNames() {
    List<String> names = given().get("/v1/models").jsonPath().getList("data.id");
    assertEquals(List.of("stories260K", ADAPTED), names);
    List<String> prints = given().get("/v1/models").jsonPath().getList("data.sha256");
    assertNotEquals(prints.get(0), prints.get(1));
    Map<String, Object> turn =
        Map.of(
            "input",
            "Once upon a time",
            "max_output_tokens",
            12,
            "recall",
            "none",
            "sampling",
            Map.of("temperature", 0));
    String plain = Calls.turn(Calls.session(), turn).path("output");
    String adapted = json(Map.of("model", ADAPTED)).post("/v1/sessions").path("id");
    String changed = Calls.turn(adapted, turn).path("output");
    assertNotEquals(plain, changed);
    assertEquals(
        prints.get(1),
        Calls.events(adapted).getString("events.find { it.type == 'planned' }.model_fingerprint"));
    String again = json(Map.of("model", ADAPTED)).post("/v1/sessions").path("id");
    assertEquals(changed, Calls.turn(again, turn).<String>path("output"));
    Calls.assertProblem(
        json(Map.of("model", "stories260K:none")).post("/v1/sessions"), 400, "adapter 3");
  }

  @Test
  void aChatChoosesAnAdapterByName() {
    Map<String, Object> chat =
        Map.of(
            "model",
            ADAPTED,
            "max_tokens",
            4,
            "messages",
            List.of(Map.of("role", "user", "content", "Once")));
    Response answer = json(chat).post("/v1/chat/completions");
    assertEquals(200, answer.statusCode(), answer.asString());
    assertEquals(ADAPTED, answer.path("model"));
    String session = answer.path("palimpsest.session");
    assertEquals(ADAPTED, given().get("/v1/sessions/" + session).path("model"));
  }

  @Test
  void textsBecomeVectorsOfLengthOne() {
    JsonPath two = embed(Map.of("input", List.of("abc def", "ghi"))).jsonPath();
    assertEquals("list", two.getString("object"));
    assertEquals(List.of(0, 1), two.getList("data.index"));
    assertTrue(two.getInt("usage.prompt_tokens") > 2);
    List<Float> first = two.getList("data[0].embedding", Float.class);
    assertEquals(TinyEncoders.WIDTH, first.size());
    assertEquals(1, first.stream().mapToDouble(x -> (double) x * x).sum(), 1e-5);
    JsonPath one = embed(Map.of("input", "abc def", "encoding_format", "base64")).jsonPath();
    ByteBuffer bytes =
        ByteBuffer.wrap(Base64.getDecoder().decode(one.getString("data[0].embedding")))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (Float each : first) {
      assertEquals(each, bytes.getFloat());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"input\":[]}",
        "{\"input\":\" \"}",
        "{\"input\":[[1,2]]}",
        "{\"input\":\"a\",\"dimensions\":8}",
        "{\"input\":\"a\",\"encoding_format\":\"hex\"}",
        "{\"input\":\"a\",\"colour\":\"red\"}"
      })
  void badRequestsForVectorsAreNamed(String body) {
    Response refused = given().contentType("application/json").body(body).post("/v1/embeddings");
    assertEquals(400, refused.statusCode(), refused.asString());
    assertEquals("invalid_request_error", refused.path("error.type"));
    assertTrue(
        refused.<String>path("error.param").matches("input|dimensions|encoding_format|colour"));
  }

  @Test
  void anotherModelIsNotFound() {
    assertEquals(404, embed(Map.of("input", "a", "model", "ada-002")).statusCode());
    Map<String, Object> rank = Map.of("query", "a", "documents", List.of("b"), "model", "other");
    assertEquals("model_not_found", json(rank).post("/v1/rerank").path("error.code"));
  }

  @Test
  void documentsAreRankedBestFirst() {
    List<Object> documents = List.of("abc", Map.of("text", "the quick fox"), "zz", "abc");
    Map<String, Object> call =
        Map.of("query", "who runs", "documents", documents, "return_documents", true);
    JsonPath ranked = json(call).post("/v1/rerank").jsonPath();
    List<Float> scores = ranked.getList("results.relevance_score", Float.class);
    assertEquals(4, scores.size());
    assertEquals(scores.stream().sorted(Collections.reverseOrder()).toList(), scores);
    int best = ranked.getInt("results[0].index");
    String text = best == 1 ? "the quick fox" : (String) documents.get(best);
    assertEquals(text, ranked.getString("results[0].document.text"));
    int first = ranked.getList("results.index").indexOf(0);
    assertEquals(3, ranked.getInt("results[" + (first + 1) + "].index"), "equal ones by place");
    assertTrue(ranked.getInt("usage.total_tokens") > 8);
    JsonPath one =
        json(Map.of("query", "who runs", "documents", documents, "top_n", 1))
            .post("/v1/rerank")
            .jsonPath();
    assertEquals(List.of(best), one.getList("results.index"));
    assertNull(one.get("results[0].document"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"documents\":[\"a\"]}",
        "{\"query\":\"a\"}",
        "{\"query\":\"a\",\"documents\":[7]}",
        "{\"query\":\"a\",\"documents\":[{}]}",
        "{\"query\":\"a\",\"documents\":[\"b\"],\"top_n\":0}"
      })
  void badRequestsForRanksAreNamed(String body) {
    Response refused = given().contentType("application/json").body(body).post("/v1/rerank");
    assertEquals(400, refused.statusCode(), refused.asString());
    assertTrue(refused.<String>path("error.param").matches("query|documents.*|top_n"));
  }

  private static Response embed(Map<String, Object> call) {
    return json(call).post("/v1/embeddings");
  }
}
