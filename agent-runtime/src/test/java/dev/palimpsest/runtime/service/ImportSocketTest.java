package dev.palimpsest.runtime.service;

import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.SharedData;
import dev.palimpsest.memory.postgres.NeedsPostgres;
import dev.palimpsest.runtime.socket.ImportSocket;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import jakarta.inject.Inject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@QuarkusTest
@WithTestResource(ServiceResource.class)
@ExtendWith(NeedsPostgres.class)
class ImportSocketTest {
  private static final AtomicInteger SOURCES = new AtomicInteger();

  @TestHTTPResource("/")
  URI service;

  @Inject ImportSocket sockets;

  @AfterEach
  void nobodyIsLeft() throws InterruptedException {
    for (int i = 0; i < 1000 && sockets.open() > 0; i++) {
      Thread.sleep(10);
    }
    assertEquals(0, sockets.open());
  }

  @Test
  void theJsonlFixtureGivesItsNumbersAndNothingNewTheSecondTime() throws Exception {
    byte[] file = Files.readAllBytes(SharedData.require("importers/jsonl/basic.jsonl"));
    String source = source();
    JsonPath first = imported(file, "\"format\":\"jsonl\"," + source, 100);
    assertReport(first, 11, 5, 1, 5);
    assertEquals(1, first.getInt("report.sanitised"));
    assertTrue(first.getBoolean("report.searchable"));
    assertTrue(first.getLong("report.searchable_up_to") >= first.getLong("report.last_change"));
    JsonPath second = imported(file, "\"format\":\"auto\"," + source, 1 << 20);
    assertReport(second, 11, 0, 6, 5);
    String id = first.getString("report.id");
    JsonPath shown = given().get("/v1/imports/" + id).jsonPath();
    assertEquals(first.getMap("report"), without(shown.getMap(""), first.getMap("report")));
    assertRejections(id);
  }

  @Test
  void framesAreNumberedAndSayHowFarItIs() throws Exception {
    byte[] file = lines(1200, "numbered");
    try (ImportClientRig client = new ImportClientRig(service, "")) {
      client.start(source()).sendRest(file, 10_000);
      JsonPath done = client.until("import.done");
      assertReport(done, 1200, 1200, 0, 0);
      long seq = 0;
      long offset = 0;
      Set<String> types = new HashSet<>();
      for (JsonPath frame : client.heard()) {
        String type = frame.getString("type");
        types.add(type);
        assertEquals(client.id(), frame.getString("import_id"));
        // import.ready is not news: it names the last one that this client has missed or knows.
        assertEquals(frame == client.heard().getFirst(), type.equals("import.ready"));
        seq = type.equals("import.ready") ? frame.getLong("seq") : seq + 1;
        assertEquals(seq, frame.getLong("seq"), frame::prettify);
        if (type.equals("import.ack")) {
          assertTrue(frame.getLong("offset") >= offset);
          offset = frame.getLong("offset");
        }
      }
      assertEquals(file.length, offset);
      assertTrue(types.containsAll(Set.of("import.ready", "import.ack", "import.progress")));
      JsonPath last = last(client.heard(), "import.progress", "indexing");
      assertEquals(1200, last.getInt("done"));
      assertEquals(1200, last.getInt("total"));
    }
  }

  @Test
  void anImportGoesOnWithoutItsClientAndTellsItsEndToWhoComesLater() throws Exception {
    byte[] file = lines(50, "alone");
    ImportClientRig client = new ImportClientRig(service, "");
    String id = client.start(source()).id();
    client.send(file, file.length);
    client.until("import.ack");
    client.socket().abort();
    awaitCount(id, "read", 50);
    assertEquals("open", given().get("/v1/imports/" + id).path("status"));
    try (ImportClientRig later = new ImportClientRig(service, "")) {
      later.again(id);
      assertEquals(file.length, later.sent());
      later.finish(ImportClientRig.sha256(file));
      later.until("import.done");
    }
    try (ImportClientRig evenLater = new ImportClientRig(service, "")) {
      assertReport(evenLater.again(id).until("import.done"), 50, 50, 0, 0);
    }
  }

  @Test
  void aWrongSumEndsTheImportAndKeepsWhatIsStored() throws Exception {
    byte[] file = lines(10, "sum");
    try (ImportClientRig client = new ImportClientRig(service, "")) {
      client.start(source());
      client.send(file, file.length);
      client.until("import.ack");
      client.finish("0".repeat(64));
      JsonPath failed = client.until("import.failed");
      assertEquals("urn:palimpsest:problem:import-failed", failed.getString("problem.type"));
      JsonPath shown = given().get("/v1/imports/" + client.id()).jsonPath();
      assertEquals("failed", shown.getString("status"));
      assertEquals(10, shown.getInt("stored"));
      client.start(source()).sendRest(file, 1000);
      client.until("import.done");
    }
  }

  @Test
  void anImportThatIsGivenUpStaysGivenUp() throws Exception {
    byte[] file = lines(10, "abort");
    try (ImportClientRig client = new ImportClientRig(service, "")) {
      client.start(source());
      client.send(file, file.length);
      client.socket().send("{\"type\":\"import.abort\"}");
      assertEquals(
          "urn:palimpsest:problem:cancelled",
          client.until("import.failed").getString("problem.type"));
      assertEquals("aborted", given().get("/v1/imports/" + client.id()).path("status"));
      assertEquals(
          "urn:palimpsest:problem:cancelled",
          client.again(client.id()).until("import.failed").getString("problem.type"));
    }
  }

  @Test
  void aDryRunCountsAndStoresNothing() throws Exception {
    byte[] file = lines(20, "dry");
    String source = source();
    assertReport(imported(file, "\"dry_run\":true," + source, 500), 20, 20, 0, 0);
    JsonPath real = imported(file, source, 500);
    assertReport(real, 20, 20, 0, 0);
    JsonPath dry = imported(file, "\"dry_run\":true," + source, 500);
    assertReport(dry, 20, 0, 20, 0);
    assertEquals(0, dry.getLong("report.last_change"));
  }

  @Test
  void aFileOfAFormatWithoutTimesNeedsABaseTime() throws Exception {
    byte[] file =
        "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}\n"
            .getBytes(StandardCharsets.UTF_8);
    try (ImportClientRig client = new ImportClientRig(service, "")) {
      client.socket().send("{\"type\":\"import.start\",\"format\":\"openai\"," + source() + "}");
      assertEquals("base_time", client.until("error").getString("problem.errors[0].field"));
      client.start(source()).sendRest(file, 10);
      assertTrue(client.until("import.failed").getString("problem.detail").contains("base_time"));
    }
    assertReport(
        imported(file, "\"base_time\":\"2026-05-01T12:00:00Z\"," + source(), 10), 1, 1, 0, 0);
  }

  /** The first record is longer than the window, so nothing is committed before credit is given. */
  @Test
  void aConversationLongerThanTheWindowGoesThrough() throws Exception {
    String turn = "{\"speaker\":\"A\",\"text\":\"" + "word ".repeat(200) + "\"},";
    String file =
        "[{\"conversation\":{\"session_1\":["
            + turn.repeat(6000)
            + "{\"speaker\":\"B\",\"text\":\"end\"}]},\"sample_id\":\"long\"}]";
    JsonPath done =
        imported(file.getBytes(StandardCharsets.UTF_8), "\"dry_run\":true," + source(), 1 << 20);
    assertReport(done, 6001, 2, 5999, 0);
  }

  @Test
  void moreThanTheCreditIsRefusedAndCanBeSentLater() throws Exception {
    byte[] line = "{\"text\":\"x\"".getBytes(StandardCharsets.UTF_8);
    ImportClientRig greedy = new ImportClientRig(service, "");
    String id = greedy.start("\"format\":\"jsonl\"," + source()).id();
    int refused = 0;
    for (int i = 0; i < 200 && refused == 0; i++) {
      try {
        greedy.socket().sendBinary(1 << 20);
      } catch (java.util.concurrent.CompletionException e) {
        refused = i;
      }
    }
    JsonPath error = greedy.until("error");
    assertEquals("urn:palimpsest:problem:no-credit", error.getString("problem.type"));
    assertEquals(1008, greedy.socket().awaitClose());
    try (ImportClientRig polite = new ImportClientRig(service, "")) {
      polite.again(id);
      long there = polite.sent();
      assertTrue(there > 0 && there % (1 << 20) == 0);
      byte[] rest = new byte[(int) there + line.length];
      System.arraycopy(line, 0, rest, (int) there, line.length);
      polite.sendRest(rest, 1000);
      JsonPath done = polite.until("import.done");
      assertReport(done, 1, 0, 0, 1);
      assertEquals(
          "record_too_large",
          given().get("/v1/imports/" + id + "/rejections").path("data[0].reason"));
    }
  }

  @Test
  void malformedFramesAreAnsweredAndEndNothing() throws Exception {
    try (ImportClientRig client = new ImportClientRig(service, "")) {
      for (String bad :
          List.of(
              "{",
              "[]",
              "{}",
              "{\"type\":7}",
              "{\"type\":\"import.start\"}",
              "{\"type\":\"import.start\",\"source\":\"\"}",
              "{\"type\":\"import.start\",\"source\":\"session\"}",
              "{\"type\":\"import.start\",\"source\":\"s\",\"format\":\"nonsense\"}",
              "{\"type\":\"import.start\",\"source\":\"s\",\"base_time\":\"now\"}",
              "{\"type\":\"import.start\",\"source\":\"s\",\"total_bytes\":-1}",
              "{\"type\":\"import.start\",\"source\":\"s\",\"scope\":{\"user\":\"\"}}",
              "{\"type\":\"import.start\",\"source\":\"s\",\"on_duplicate\":\"replace\"}",
              "{\"type\":\"import.start\",\"source\":\"s\",\"extra\":1}",
              "{\"type\":\"import.start\",\"import_id\":\"no id\"}",
              "{\"type\":\"import.finish\",\"sha256\":\"12\"}",
              "{\"type\":\"import.finish\",\"sha256\":\"" + "0".repeat(64) + "\"}",
              "{\"type\":\"import.abort\"}",
              "{\"type\":\"ping\"}")) {
        client.socket().send(bad);
        assertEquals(400, client.until("error").getInt("problem.status"), bad);
      }
      client.socket().send("{\"type\":\"import.start\",\"import_id\":\"imp_unknown\"}");
      assertEquals(404, client.until("error").getInt("problem.status"));
      client.socket().sendBinary(5);
      assertEquals("binary", client.until("error").getString("in_reply_to"));
      client.start(source());
      client.socket().send("{\"type\":\"import.start\"," + source() + "}");
      assertEquals(409, client.until("error").getInt("problem.status"));
      client.sendRest(lines(3, "bad"), 10);
      assertReport(client.until("import.done"), 3, 3, 0, 0);
    }
    SocketClientRig large = SocketClientRig.at(service, ImportClientRig.PATH, "", List.of());
    large.sendBinary((1 << 20) + 1);
    assertEquals(1009, large.awaitClose());
  }

  @Test
  void theLastConnectionIsTheOneThatSends() throws Exception {
    byte[] file = lines(10, "two");
    ImportClientRig first = new ImportClientRig(service, "");
    String id = first.start(source()).id();
    try (ImportClientRig second = new ImportClientRig(service, "")) {
      second.again(id);
      first.send(file, 10);
      assertEquals(409, first.until("error").getInt("problem.status"));
      assertEquals(1008, first.socket().awaitClose());
      second.sendRest(file, 10);
      assertReport(second.until("import.done"), 10, 10, 0, 0);
    }
  }

  @Test
  void whatIsNotThereIsNotShown() {
    Calls.assertProblem(given().get("/v1/imports/imp_none"), 404, "import");
    Calls.assertProblem(given().get("/v1/imports/nonsense"), 404, "import");
    Calls.assertProblem(given().get("/v1/imports/imp_none/rejections"), 404, "import");
    Calls.assertProblem(given().get("/v1/imports/imp_none/rejections?after=x"), 400, "after");
  }

  private JsonPath imported(byte[] file, String members, int frame) throws InterruptedException {
    try (ImportClientRig client = new ImportClientRig(service, "")) {
      client.start(members).sendRest(file, frame);
      JsonPath end = client.until("import.done");
      assertEquals(file.length, end.getLong("report.offset"));
      return end;
    }
  }

  private void assertRejections(String id) {
    JsonPath all = given().get("/v1/imports/" + id + "/rejections").jsonPath();
    assertEquals(
        List.of("empty_text", "unknown_shape", "unknown_shape", "invalid_time", "unknown_shape"),
        all.getList("data.reason"));
    assertNull(all.getString("next"));
    List<Object> paged = new ArrayList<>();
    String next = "0";
    while (next != null) {
      JsonPath page =
          given().get("/v1/imports/" + id + "/rejections?limit=2&after=" + next).jsonPath();
      paged.addAll(page.getList("data"));
      next = page.getString("next");
    }
    assertEquals(all.getList("data"), paged);
  }

  private static void assertReport(
      JsonPath done, int read, int stored, int duplicate, int rejected) {
    assertEquals("done", done.getString("report.status"));
    assertEquals(
        List.of(read, stored, duplicate, rejected),
        List.of(
            done.getInt("report.read"),
            done.getInt("report.stored"),
            done.getInt("report.duplicate"),
            done.getInt("report.rejected")));
  }

  /** The indexes go on, so their number is taken from the earlier report. */
  private static Map<Object, Object> without(Map<Object, Object> shown, Map<?, ?> earlier) {
    assertFalse(shown.isEmpty());
    shown.put("searchable_up_to", earlier.get("searchable_up_to"));
    return shown;
  }

  private static void awaitCount(String id, String name, int count) throws InterruptedException {
    for (int i = 0; i < 1000; i++) {
      if (given().get("/v1/imports/" + id).jsonPath().getInt(name) == count) {
        return;
      }
      Thread.sleep(20);
    }
    throw new AssertionError("never " + count);
  }

  private static JsonPath last(List<JsonPath> frames, String type, String stage) {
    return frames.reversed().stream()
        .filter(frame -> type.equals(frame.getString("type")))
        .filter(frame -> stage.equals(frame.getString("stage")))
        .findFirst()
        .orElseThrow();
  }

  private static byte[] lines(int count, String what) {
    StringBuilder file = new StringBuilder();
    for (int i = 0; i < count; i++) {
      file.append("{\"text\":\"")
          .append(what)
          .append(" line ")
          .append(i)
          .append("\",\"session\":\"s")
          .append(i % 7)
          .append("\",\"happened_at\":\"2026-01-01T00:00:00Z\"}\n");
    }
    return file.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String source() {
    return "\"source\":\"test-" + SOURCES.incrementAndGet() + "\"";
  }
}
