package dev.palimpsest.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BenchTest {
  private final ScriptedService server = new ScriptedService();
  private final Desk desk = new Desk().environment("PALIMPSEST_URL", server.url());

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Test
  void memoryEndsWithItsTableAndErasesWhatItImported() {
    ServedImports imports = new ServedImports(1 << 20);
    server.onSocket(imports);
    serveSingles();
    server.on("DELETE /v1/memories", 200, "{}");
    assertEquals(0, desk.run("bench", "memory", "--records", "20"), desk.err());
    String[] lines = desk.out().lines().toArray(String[]::new);
    assertEquals(6, lines.length, desk.out());
    assertTrue(
        lines[0].matches("20 records of about [0-9]+ bytes, 5 rounds +median +min..max"), lines[0]);
    assertTrue(lines[1].startsWith("records committed (per second)"), lines[1]);
    assertTrue(lines[3].startsWith("acknowledged until found by words, p95 (ms)"), lines[3]);
    assertTrue(lines[4].startsWith("CPU probe, SHA-256 on one core (MB/s)"), lines[4]);
    assertTrue(lines[5].matches("load average, before..after +0.50..0.50"), lines[5]);
    assertEquals(5, imports.imports());
    List<String> erased =
        server.requests().stream()
            .filter(request -> request.method().equals("DELETE"))
            .map(ScriptedService.Request::path)
            .toList();
    assertEquals(5, erased.size());
    assertEquals("/v1/memories?source=bench-client-1-1", erased.getFirst());
  }

  @Test
  void memoryThatCannotBeErasedIsSaidAndTheFiguresCount() {
    server.onSocket(new ServedImports(1 << 20));
    serveSingles();
    assertEquals(0, desk.run("bench", "memory", "--records", "2"), desk.err());
    assertTrue(
        desk.err().contains("Memories of bench-client-1 stay: There is no such thing (404)"));
    assertTrue(desk.out().contains("load average"), desk.out());
  }

  private void serveSingles() {
    server.on("POST /v1/memories", 201, "{'id':'mem_1'}");
    server.on("POST /v1/memories/search", 200, "{'hits':[{'memory':{'id':'mem_1'}}]}");
  }

  @Test
  void exportSentOverALineThatBreaksIsThereOnce() {
    // The service of the tests counts lines, and an export has one for each conversation.
    ServedImports imports = new ServedImports(1 << 20);
    server.onSocket(imports);
    server.on("DELETE /v1/memories", 200, "{}");
    int exit = desk.run("bench", "memory", "--export-mb", "1", "--cuts", "3");
    assertEquals(1, exit, "fewer than there are messages were stored: " + desk.err());
    assertTrue(desk.out().contains("times the line broke"), desk.out());
    assertEquals(2, imports.imports());
    assertEquals(List.of(), imports.faults());
    String export = new String(imports.spooled(), StandardCharsets.UTF_8);
    assertTrue(Json.parse(export).orElseThrow().path(0).path("mapping").size() > 2);
  }

  @Test
  void lineBreaksAsOftenAsAskedFor() throws Exception {
    try (CuttingProxy proxy =
        new CuttingProxy(java.net.URI.create(server.url()), new java.util.Random(3), 2, 100)) {
      server.on("GET /v1/sessions", 200, "{}");
      Service service =
          new Service(new ServiceAddress(proxy.address(), java.util.Optional.empty()));
      int failed = 0;
      for (int i = 0; i < 20; i++) {
        try {
          assertTrue(service.get("/v1/sessions").isObject());
        } catch (CliException e) {
          failed++;
        }
      }
      assertEquals(2, proxy.cuts());
      assertTrue(failed <= 2, "" + failed);
    }
  }

  @Test
  void rejectedRecordsMakeNoFigure() {
    server.onSocket(
        new ScriptedService.Script() {
          @Override
          public void connected(ScriptedService.Peer peer) {
            peer.send("{'type':'import.done','report':{'rejected':1}}");
          }

          @Override
          public void said(
              ScriptedService.Peer peer, com.fasterxml.jackson.databind.JsonNode frame) {}

          @Override
          public void heard(ScriptedService.Peer peer, byte[] bytes) {}
        });
    assertEquals(3, desk.run("bench", "memory", "--keep"));
    assertEquals("", desk.out());
  }

  @Test
  void retrievalHasTwoFiguresForEachMode() {
    server.onSocket(new ServedImports(1 << 20));
    server.on("POST /v1/memories/search", 200, "{'hits':[],'lagging':false}");
    assertEquals(
        0,
        desk.run("bench", "retrieval", "--records=20", "--queries=3", "--keep", "--json"),
        desk.err());
    var json = Json.parse(desk.out()).orElseThrow();
    for (String mode : List.of("lexical", "dense", "hybrid")) {
      assertTrue(json.path(mode + "_p50_ms").path("median").asDouble() > 0, desk.out());
      assertTrue(
          json.path(mode + "_p95_ms").path("max").asDouble()
              >= json.path(mode + "_p50_ms").path("min").asDouble());
    }
    assertTrue(json.path("cpu_probe_mb_per_s").path("median").asDouble() > 0);
    assertEquals(3 * (20 + 5 * 3), server.requests().size());
    assertTrue(
        server.requests().getLast().body().endsWith("\"scope\":{\"user\":\"bench-client-1\"}}"));
  }

  @Test
  void fewerThanFiveRoundsAreWrongUse() {
    assertEquals(2, desk.run("bench", "memory", "--rounds", "4"));
    assertEquals(2, desk.run("bench", "memory", "--records", "0"));
    assertEquals(2, desk.run("bench", "retrieval", "--rounds", "4"));
    assertEquals(2, desk.run("bench", "retrieval", "--queries", "0"));
  }

  @Test
  void corpusIsTheSameForTheSameSeed() {
    byte[] lines = new BenchCorpus(7).lines(50);
    assertArrayEquals(lines, new BenchCorpus(7).lines(50));
    assertFalse(java.util.Arrays.equals(lines, new BenchCorpus(8).lines(50)));
    String text = new String(lines, StandardCharsets.UTF_8);
    assertEquals(50, text.lines().filter(line -> Json.parse(line).isPresent()).count());
  }

  @Test
  void quantilesAreMeasuredValues() {
    double[] ten = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
    assertEquals(5, Figure.quantile(ten, 0.5));
    assertEquals(10, Figure.quantile(ten, 0.95));
    assertEquals(1, Figure.quantile(new double[] {1}, 0.5));
    assertEquals(5.5, Figure.of("a", "a", ten).median());
  }
}
