package dev.palimpsest.runtime.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.SharedData;
import dev.palimpsest.memory.postgres.NeedsPostgres;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Connections that are cut ten times in one import, between frames and within them: what was
 * committed is never committed again, and the rest follows.
 */
@QuarkusTest
@WithTestResource(ServiceResource.class)
@ExtendWith(NeedsPostgres.class)
class ImportCutTest {
  private static final int CUTS = 10;

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);

  @TestHTTPResource("/")
  URI service;

  @BeforeEach
  void sayTheSeed() {
    System.out.println("ImportCutTest seed=" + seed);
  }

  @Test
  void linesCutAtRandomFramesAreStoredOnce() throws Exception {
    byte[] file =
        IntStream.range(0, 3000)
            .mapToObj(i -> "{\"text\":\"cut line " + i + "\",\"session\":\"s" + i % 7 + "\"}\n")
            .collect(Collectors.joining())
            .getBytes(StandardCharsets.UTF_8);
    JsonPath done = importCut(file, "\"format\":\"jsonl\",\"source\":\"cut-lines\"");
    assertCounts(done, 3000, 3000, 0);
  }

  @Test
  void aConversationOfManyTurnsCutAtRandomFramesIsStoredOnce() throws Exception {
    byte[] file = Files.readAllBytes(SharedData.require("locomo/locomo-dev.json"));
    String members = "\"source\":\"cut-locomo\",\"scope\":{\"user\":\"cut-locomo\"}";
    assertCounts(importCut(file, members), 2760, 2760, 0);
    assertCounts(importCut(file, members), 2760, 0, 2760);
  }

  /** Sends a file over eleven connections; the last one hears the end. */
  private JsonPath importCut(byte[] file, String members) throws InterruptedException {
    String id = "";
    String query = "";
    List<Long> offsets = new ArrayList<>();
    for (int cut = 0; cut < CUTS; cut++) {
      ImportClientRig client = new ImportClientRig(service, query);
      if (id.isEmpty()) {
        id = client.start(members).id();
      } else {
        client.again(id);
      }
      offsets.add(client.sent());
      for (int i = random.nextInt(4); i >= 0 && client.sent() < file.length; i--) {
        client.send(file, 1 + random.nextInt(file.length / 25));
      }
      JsonPath newest = client.heard().getLast();
      query = "epoch=" + newest.getString("epoch") + "&resume_after=" + newest.getLong("seq");
      client.socket().abort();
    }
    assertEquals(offsets.stream().sorted().toList(), offsets);
    assertTrue(offsets.getLast() > 0);
    try (ImportClientRig client = new ImportClientRig(service, query)) {
      client.again(id).sendRest(file, 1 << 16);
      return client.until("import.done");
    }
  }

  private static void assertCounts(JsonPath done, int read, int stored, int duplicate) {
    assertEquals(
        List.of("done", read, stored, duplicate, 0),
        List.of(
            done.getString("report.status"),
            done.getInt("report.read"),
            done.getInt("report.stored"),
            done.getInt("report.duplicate"),
            done.getInt("report.rejected")),
        done::prettify);
  }
}
