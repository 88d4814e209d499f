package dev.palimpsest.runtime.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.palimpsest.memory.postgres.NeedsPostgres;
import dev.palimpsest.runtime.socket.SessionSocket;
import dev.palimpsest.runtime.turn.Feeds;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A thousand malformed frames over a handful of connections, some of which break in the middle.
 * Each frame gets one error that says what is wrong with it; nothing leaks, and the service goes
 * on.
 */
@QuarkusTest
@WithTestResource(ServiceResource.class)
@ExtendWith(NeedsPostgres.class)
class MalformedFramesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int FRAMES = 1000;
  private static final int FRAMES_PER_CONNECTION = 100;

  @TestHTTPResource("/")
  URI service;

  @Inject SessionSocket sockets;
  @Inject Feeds feeds;

  @Test
  void eachMalformedFrameGetsItsOwnErrorAndNothingElseHappens() throws InterruptedException {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("MalformedFramesTest seed=" + seed);
    MalformedFrames frames = new MalformedFrames(new Random(seed));
    String session = Calls.session();
    for (int done = 0; done < FRAMES; done += FRAMES_PER_CONNECTION) {
      SocketClientRig client = SocketClientRig.connect(service, session, "");
      client.next("session.ready");
      for (int i = 0; i < FRAMES_PER_CONNECTION; i++) {
        assertAnswered(client, frames.next(), seed);
      }
      client.send("{\"type\":\"ping\"}");
      client.next("pong");
      assertTrue(client.isSilent());
      if (done % (2 * FRAMES_PER_CONNECTION) == 0) {
        client.abort();
      } else {
        client.close();
      }
    }
    for (int i = 0; i < 1000 && (sockets.open() > 0 || feeds.readers() > 0); i++) {
      Thread.sleep(10);
    }
    assertEquals(0, sockets.open());
    assertEquals(0, feeds.readers());
    assertEquals(0, Calls.events(session).getInt("last"));
    JsonPath turn =
        Calls.turn(session, Map.of("input", "still there?", "max_output_tokens", 2)).jsonPath();
    assertEquals("done", turn.getString("status"));
  }

  private static void assertAnswered(
      SocketClientRig client, MalformedFrames.Malformed frame, long seed)
      throws InterruptedException {
    if (frame.text() == null) {
      client.sendBinary(frame.bytes());
    } else {
      client.send(frame.text());
    }
    JsonNode answer = read(client.nextText());
    String detail = answer.path("problem").path("detail").asText();
    assertEquals("error", answer.path("type").asText(), () -> frame + " of seed " + seed);
    assertTrue(
        detail.contains(frame.word()),
        () -> "expected '" + frame.word() + "' in '" + detail + "' for " + frame);
    assertEquals(400, answer.path("problem").path("status").asInt());
    if (frame.name() == null) {
      assertFalse(answer.hasNonNull("in_reply_to"), frame::toString);
    } else {
      assertEquals(frame.name(), answer.path("in_reply_to").asText(), frame::toString);
    }
  }

  private static JsonNode read(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(text, e);
    }
  }
}
