package dev.palimpsest.runtime.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.postgres.NeedsPostgres;
import dev.palimpsest.runtime.socket.SessionSocket;
import dev.palimpsest.runtime.turn.Feeds;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@QuarkusTest
@WithTestResource(ServiceResource.class)
@ExtendWith(NeedsPostgres.class)
class SocketTest {
  @TestHTTPResource("/")
  URI service;

  @Inject SessionSocket sockets;
  @Inject Feeds feeds;

  @AfterEach
  void nobodyIsLeft() throws InterruptedException {
    for (int i = 0; i < 1000 && (sockets.open() > 0 || feeds.readers() > 0); i++) {
      Thread.sleep(10);
    }
    assertEquals(0, sockets.open());
    assertEquals(0, feeds.readers());
  }

  @Test
  void aTurnOverTheSocketIsWhatRestSays() throws InterruptedException {
    String session = Calls.session();
    try (SocketClientRig client = SocketClientRig.connect(service, session, "")) {
      JsonPath ready = client.next("session.ready");
      assertEquals(session, ready.getString("session"));
      assertEquals(0, ready.getInt("last_event"));
      assertNull(ready.getString("running_turn"));
      assertEquals(
          List.of("turn.create", "turn.cancel", "tool.result", "ping"),
          ready.getList("capabilities"));
      client.send(create("c-1", "Once upon a time", 16));
      List<JsonPath> frames = client.until("turn.done");
      assertEquals("turn.accepted", frames.getFirst().getString("type"));
      assertEquals("c-1", frames.getFirst().getString("client_turn_id"));
      assertFalse(frames.getFirst().getBoolean("repeated"));
      JsonPath done = frames.getLast();
      assertEquals(SocketClientRig.words(frames), done.getString("output"));
      assertNull(done.get("confidence"));
      JsonPath rest = Calls.turn(session, Map.of("input", "x", "client_turn_id", "c-1")).jsonPath();
      assertEquals(done.getString("output"), rest.getString("output"));
      assertEquals(done.getMap("usage"), rest.getMap("usage"));
      assertEquals(done.getString("turn"), rest.getString("id"));
      long seq = ready.getLong("seq");
      for (JsonPath frame : frames) {
        assertEquals(++seq, frame.getLong("seq"));
        assertEquals(ready.getString("epoch"), frame.getString("epoch"));
      }
    }
  }

  @Test
  void whoComesBackReceivesWhatWasMissedWithoutAGap() throws InterruptedException {
    String session = Calls.session();
    List<JsonPath> frames = new ArrayList<>();
    String epoch;
    SocketClientRig first = SocketClientRig.connect(service, session, "");
    epoch = first.next("session.ready").getString("epoch");
    first.send(create("c-1", "Lily and Tom", 60));
    for (int i = 0; i < 5; i++) {
      frames.add(first.next());
    }
    first.abort();
    long seen = frames.getLast().getLong("seq");
    try (SocketClientRig second =
        SocketClientRig.connect(service, session, "epoch=" + epoch + "&resume_after=" + seen)) {
      assertEquals("frames", second.next("session.ready").getString("replay"));
      frames.addAll(second.until("turn.done"));
    }
    for (int i = 1; i < frames.size(); i++) {
      assertEquals(frames.get(i - 1).getLong("seq") + 1, frames.get(i).getLong("seq"));
    }
    assertEquals(frames.getLast().getString("output"), SocketClientRig.words(frames));
  }

  @Test
  void whoComesBackFromAnOlderEpochReceivesTheDurablePast() throws InterruptedException {
    String session = Calls.session();
    for (int i = 1; i <= 3; i++) {
      Calls.turn(
          session,
          Map.of(
              "input",
              "Turn " + i,
              "max_output_tokens",
              3,
              "client_turn_id",
              "c-" + i,
              "recall",
              "none"));
    }
    try (SocketClientRig client =
        SocketClientRig.connect(service, session, "epoch=epc_older&resume_after=7")) {
      assertEquals("events", client.next("session.ready").getString("replay"));
      for (int i = 1; i <= 3; i++) {
        assertEquals("c-" + i, client.next("turn.accepted").getString("client_turn_id"));
        assertFalse(client.next("turn.done").getString("output").isEmpty());
      }
      client.send("{\"type\":\"ping\"}");
      client.next("pong");
    }
    try (SocketClientRig client =
        SocketClientRig.connect(service, session, "epoch=epc_older&after_event=6")) {
      client.next("session.ready");
      assertEquals("c-3", client.next("turn.accepted").getString("client_turn_id"));
      client.next("turn.done");
    }
  }

  @Test
  void whoComesLateHearsARunningTurnFromItsBeginning() throws InterruptedException {
    String session = Calls.session();
    try (SocketClientRig early = SocketClientRig.connect(service, session, "")) {
      early.next("session.ready");
      early.send(create("c-1", "A big bear", 120));
      String turn = early.next("turn.accepted").getString("turn");
      early.next("output.delta");
      try (SocketClientRig late = SocketClientRig.connect(service, session, "")) {
        JsonPath ready = late.next("session.ready");
        List<JsonPath> heard = late.until("turn.done");
        if (turn.equals(ready.getString("running_turn"))) {
          assertEquals("turn.accepted", heard.getFirst().getString("type"));
          assertTrue(heard.getFirst().getBoolean("repeated"));
          assertEquals(heard.getLast().getString("output"), SocketClientRig.words(heard));
        }
      }
    }
  }

  @Test
  void aRepeatIsToldFromItsBeginningWhetherRunningOrDone() throws InterruptedException {
    String session = Calls.session();
    try (SocketClientRig client = SocketClientRig.connect(service, session, "")) {
      client.next("session.ready");
      client.send(create("c-1", "A small bird", 100));
      client.next("turn.accepted");
      client.send(create("c-1", "A small bird", 100));
      List<JsonPath> heard = client.until("turn.done");
      List<JsonPath> sinceRepeat = new ArrayList<>();
      for (JsonPath frame : heard) {
        if (frame.getString("type").equals("turn.accepted")) {
          sinceRepeat.clear();
        }
        sinceRepeat.add(frame);
      }
      String output = heard.getLast().getString("output");
      assertEquals(output, SocketClientRig.words(sinceRepeat));
      client.send(create("c-1", "A small bird", 100));
      List<JsonPath> again = client.until("turn.done");
      while (!again.getFirst().getBoolean("repeated")) {
        again = client.until("turn.done");
      }
      assertEquals(output, SocketClientRig.words(again));
      assertEquals(3, Calls.events(session).getInt("last"));
    }
  }

  /** The model is fast, so it is tried in session after session until a turn was caught running. */
  @Test
  void anotherTurnIsRefusedWhileOneRunsAndACancelEndsIt() throws InterruptedException {
    boolean wasRefused = false;
    boolean wasCancelled = false;
    for (int i = 0; i < 40 && !(wasRefused && wasCancelled); i++) {
      String session = Calls.session();
      try (SocketClientRig client = SocketClientRig.connect(service, session, "")) {
        client.next("session.ready");
        client.send(create("c-1", "Attempt " + i, 480));
        client.send(create("c-2", "Other", 1));
        String turn = client.next("turn.accepted").getString("turn");
        client.send("{\"type\":\"turn.cancel\",\"turn\":\"" + turn + "\"}");
        client.send("{\"type\":\"turn.cancel\",\"turn\":\"trn_none\"}");
        for (JsonPath frame : client.until("error", 404)) {
          if (frame.getString("type").equals("error") && frame.getInt("problem.status") == 409) {
            assertEquals(turn, frame.getString("problem.turn"));
            assertEquals("c-2", frame.getString("in_reply_to"));
            wasRefused = true;
          }
        }
        JsonPath told =
            Calls.turn(session, Map.of("input", "x", "client_turn_id", "c-1")).jsonPath();
        if (told.getString("status").equals("cancelled")) {
          assertEquals("urn:palimpsest:problem:cancelled", told.getString("problem.type"));
          wasCancelled = true;
        }
      }
    }
    assertTrue(wasRefused && wasCancelled);
  }

  @Test
  void noTurnIsBoundToItsSocket() throws InterruptedException {
    String session = Calls.session();
    SocketClientRig client = SocketClientRig.connect(service, session, "");
    client.next("session.ready");
    client.send(create("c-1", "Alone", 40));
    client.next("turn.accepted");
    client.abort();
    for (int i = 0; i < 1000 && Calls.events(session).getInt("last") < 3; i++) {
      Thread.sleep(20);
    }
    assertEquals("answered", Calls.events(session).getString("events[2].type"));
  }

  @Test
  void anUnknownSessionIsToldAndClosed() throws InterruptedException {
    SocketClientRig client = SocketClientRig.connect(service, "ses_unknown", "");
    assertEquals(404, client.next("error").getInt("problem.status"));
    assertEquals(1008, client.awaitClose());
    SocketClientRig wrong = SocketClientRig.connect(service, Calls.session(), "resume_after=minus");
    assertTrue(wrong.next("error").getString("problem.detail").contains("resume_after"));
    assertEquals(1008, wrong.awaitClose());
  }

  @Test
  void aFrameAtTheLimitIsAnsweredAndALargerOneClosesWith1009() throws InterruptedException {
    String session = Calls.session();
    try (SocketClientRig client = SocketClientRig.connect(service, session, "")) {
      client.next("session.ready");
      String frame = "{\"type\":\"ping\",\"pad\":\"" + "x".repeat((1 << 20) - 24) + "\"}";
      assertEquals(1 << 20, frame.length());
      client.send(frame);
      assertEquals("pad", client.next("error").getString("problem.errors[0].field"));
      client.sendBinary(1 << 20);
      assertTrue(client.next("error").getString("problem.detail").contains("1048576"));
      client.send("{\"type\":\"ping\"}");
      client.next("pong");
    }
    SocketClientRig large = SocketClientRig.connect(service, session, "");
    large.next("session.ready");
    large.sendBinary((1 << 20) + 1);
    assertEquals(1009, large.awaitClose());
  }

  @Test
  void theOwnSubprotocolIsAgreedOn() throws InterruptedException {
    try (SocketClientRig client =
        SocketClientRig.connect(service, Calls.session(), "", List.of("other", "palimpsest"))) {
      client.next("session.ready");
      assertEquals("palimpsest", client.subprotocol());
    }
    assertNotEquals("", feeds.epoch());
  }

  private static String create(String clientTurnId, String input, int tokens) {
    return "{\"type\":\"turn.create\",\"client_turn_id\":\""
        + clientTurnId
        + "\",\"input\":\""
        + input
        + "\",\"max_output_tokens\":"
        + tokens
        + ",\"recall\":\"none\",\"sampling\":{\"seed\":3}}";
  }
}
