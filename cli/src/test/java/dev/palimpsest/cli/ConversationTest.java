package dev.palimpsest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ConversationTest {
  private final ScriptedService server = new ScriptedService();
  private final Recorded seen = new Recorded();

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Test
  void answerArrivesInTheOrderOfItsFrames() {
    ServedTurns turns = ServedTurns.saying("One ", "two ", "three.");
    TurnOutcome outcome = ask(turns);
    assertEquals("One two three.", seen.text());
    Usage usage = assertInstanceOf(TurnOutcome.Done.class, outcome).usage();
    assertEquals(30, usage.figure("model_ms").orElseThrow());
    assertEquals(List.of(), seen.notices());
  }

  /** The journal of a turn has 6 frames: accepted, four deltas, done. */
  @Test
  void reconnectionRepeatsAndLosesNothingWhereverTheConnectionBreaks() {
    for (int cut = 0; cut <= 5; cut++) {
      Recorded seenNow = new Recorded();
      ServedTurns turns = ServedTurns.saying("a", "a", "b", "a").cutAfter(cut, false);
      TurnOutcome outcome = ask(turns, seenNow);
      assertInstanceOf(TurnOutcome.Done.class, outcome, "cut after " + cut);
      assertEquals("aaba", seenNow.text(), "cut after " + cut);
      assertEquals(1, turns.begun(), "cut after " + cut);
      assertEquals(
          List.of("the connection was lost and is back; the answer goes on"),
          seenNow.notices(),
          "cut after " + cut);
    }
  }

  @Test
  void reconnectionNamesEpochAndLastFrame() {
    TurnOutcome outcome = ask(ServedTurns.saying("a", "b", "c").cutAfter(3, false));
    assertInstanceOf(TurnOutcome.Done.class, outcome);
    assertEquals(
        List.of("/v1/sessions/ses_1/socket", "/v1/sessions/ses_1/socket?epoch=e1&resume_after=3"),
        server.sockets());
  }

  @Test
  void restartedServiceIsAskedForTheSameTurnAndNothingIsShownTwice() {
    server.on("POST /v1/sessions/ses_1/turns", 200, "{'status':'done','output':'aaba'}");
    for (int cut = 0; cut <= 5; cut++) {
      Recorded seenNow = new Recorded();
      ServedTurns turns = ServedTurns.saying("a", "a", "b", "a").cutAfter(cut, true);
      TurnOutcome outcome = ask(turns, seenNow);
      assertInstanceOf(TurnOutcome.Done.class, outcome, "cut after " + cut);
      assertEquals("aaba", seenNow.text(), "cut after " + cut);
      assertEquals(1, turns.begun(), "cut after " + cut);
      List<String> asked =
          turns.received().stream().map(f -> f.path("client_turn_id").asText()).toList();
      assertEquals(List.of("client-1", "client-1"), asked, "cut after " + cut);
    }
  }

  @Test
  void answerThatWasFinishedWhileTheServiceWasAwayIsFetched() {
    server.on("POST /v1/sessions/ses_1/turns", 200, "{'status':'done','output':'One two three.'}");
    // The first epoch says two pieces and is torn; in the second the turn is done already.
    server.onSocket(
        new ScriptedService.Script() {
          private int connections;

          @Override
          public void connected(ScriptedService.Peer peer) {
            connections++;
            peer.send("{'type':'session.ready','epoch':'e" + connections + "','seq':0}");
          }

          @Override
          public void said(ScriptedService.Peer peer, JsonNode frame) {
            peer.send(
                "{'type':'turn.accepted','seq':1,'turn':'trn_1','client_turn_id':'client-1'}");
            if (connections == 1) {
              peer.send("{'type':'output.delta','seq':2,'turn':'trn_1','text':'One '}");
              peer.tear();
            } else {
              peer.send("{'type':'turn.done','seq':2,'turn':'trn_1','status':'done','usage':{}}");
            }
          }
        });
    assertInstanceOf(TurnOutcome.Done.class, ask(seen));
    assertEquals("One two three.", seen.text());
    assertTrue(server.requests().getLast().body().contains("client-1"));
  }

  @Test
  void answerThatCannotBeFetchedAfterARestartIsSaidToBeIncomplete() {
    ServedTurns turns = ServedTurns.saying("a", "b").cutAfter(2, true);
    assertInstanceOf(TurnOutcome.Done.class, ask(turns));
    assertEquals("ab", seen.text());
    assertEquals(
        "the answer may be incomplete: There is no such thing (404)", seen.notices().getLast());
  }

  @Test
  void framesThatAreNotOfTheProtocolAreToldOnceAndPassed() {
    ServedTurns turns =
        new ServedTurns(turn ->
            List.of(
                "'type':'output.delta','turn':'" + turn + "','text':'a'}",
                "'type':'output.delta','turn':'" + turn + "'}",
                "'type':7}",
                "}{",
                "'type':'output.delta','text':'nobody'}",
                "'type':'weather.changed','turn':'" + turn + "'}",
                "'type':'output.delta','turn':'trn_other','text':'not ours'}",
                "'type':'output.delta','turn':'" + turn + "','text':'b'}",
                ServedTurns.done(turn)));
    assertInstanceOf(TurnOutcome.Done.class, ask(turns));
    assertEquals("ab", seen.text());
    assertEquals(
        List.of("ignored a frame that is not of the protocol: output.delta without text"),
        seen.notices());
  }

  /**
   * A service whose journal was too short for the gap greets with {@code replay: events} and, asked
   * for the turn again, tells this connection alone what was said so far: frames that all repeat
   * the last number.
   */
  @Test
  void gapThatIsNoLongerKeptIsFilledByAskingAgain() {
    server.onSocket(
        new ScriptedService.Script() {
          private int connections;

          @Override
          public void connected(ScriptedService.Peer peer) {
            connections++;
            String replay = connections == 1 ? "none" : "events";
            peer.send("{'type':'session.ready','epoch':'e1','seq':7,'replay':'" + replay + "'}");
          }

          @Override
          public void said(ScriptedService.Peer peer, JsonNode frame) {
            String of = "'turn':'trn_1','client_turn_id':'client-1'";
            if (connections == 1) {
              peer.send("{'type':'turn.accepted','seq':8," + of + "}");
              peer.send("{'type':'output.delta','seq':9," + of + ",'text':'One '}");
              peer.tear();
            } else {
              peer.send("{'type':'turn.accepted','seq':40," + of + ",'repeated':true}");
              peer.send("{'type':'output.delta','seq':40," + of + ",'text':'One two '}");
              peer.send("{'type':'output.delta','seq':41," + of + ",'text':'three.'}");
              peer.send(
                  "{'type':'turn.done','seq':42," + of + ",'output':'One two three.','usage':{}}");
            }
          }
        });
    assertInstanceOf(TurnOutcome.Done.class, ask(seen));
    assertEquals("One two three.", seen.text());
  }

  @Test
  void turnThatTheServiceTakesUpAgainGoesOn() {
    ServedTurns turns =
        new ServedTurns(turn ->
            List.of(
                "'type':'output.delta','turn':'" + turn + "','text':'One '}",
                "'type':'error','in_reply_to':'"
                    + turn
                    + "','problem':{'title':'The database is not available','status':503}}",
                "'type':'turn.accepted','turn':'" + turn + "','client_turn_id':'client-1'}",
                "'type':'output.delta','turn':'" + turn + "','text':'One two.'}",
                ServedTurns.done(turn)));
    server.on("POST /v1/sessions/ses_1/turns", 200, "{'status':'done','output':'One two.'}");
    assertInstanceOf(TurnOutcome.Done.class, ask(turns));
    assertEquals("One two.", seen.text());
    assertEquals(List.of("the service said: The database is not available (503)"), seen.notices());
  }

  @Test
  void turnThatIsLeftForGoodEnds() {
    ServedTurns turns =
        new ServedTurns(turn ->
            List.of(
                "'type':'error','in_reply_to':'"
                    + turn
                    + "','problem':{'title':'There is no such thing','status':404}}"));
    assertInstanceOf(TurnOutcome.Failed.class, ask(turns));
  }

  @Test
  void failedTurnGivesItsProblem() {
    TurnOutcome outcome =
        ask(
            new ServedTurns(turn ->
                List.of(
                    "'type':'turn.failed','turn':'"
                        + turn
                        + "','problem':{'title':'A limit was reached','status':422,"
                        + "'detail':'wall time'}}")));
    Problem problem = assertInstanceOf(TurnOutcome.Failed.class, outcome).problem();
    assertEquals(List.of("A limit was reached (422)", "  wall time"), problem.lines());
  }

  @Test
  void refusedTurnGivesItsProblem() {
    server.onSocket(
        replying(
            "{'type':'error','seq':1,'problem':{'title':'The request is not valid','status':400,"
                + "'errors':[{'field':'input','detail':'is empty'}]}}"));
    Problem problem = assertInstanceOf(TurnOutcome.Refused.class, ask(seen)).problem();
    assertEquals(List.of("The request is not valid (400)", "  - input: is empty"), problem.lines());
  }

  @Test
  void interruptCancelsTheRunningTurn() {
    server.onSocket(
        new ScriptedService.Script() {
          @Override
          public void connected(ScriptedService.Peer peer) {
            peer.send("{'type':'session.ready','epoch':'e1','seq':0}");
          }

          @Override
          public void said(ScriptedService.Peer peer, JsonNode frame) {
            if (frame.path("type").asText().equals("turn.create")) {
              peer.send("{'type':'turn.accepted','seq':1,'turn':'trn_1'}");
              peer.send("{'type':'output.delta','seq':2,'turn':'trn_1','text':'On and'}");
            } else {
              peer.send(
                  "{'type':'turn.failed','seq':3,'turn':'"
                      + frame.path("turn").asText()
                      + "','problem':{'type':'urn:palimpsest:problem:cancelled','title':'x'}}");
            }
          }
        });
    try (Conversation conversation = conversation(Duration.ofSeconds(15))) {
      conversation.open();
      TurnOutcome outcome = conversation.turn(question(), interruptingAfterText(conversation, 1));
      assertInstanceOf(TurnOutcome.Cancelled.class, outcome);
      assertEquals("On and", seen.text());
    }
  }

  @Test
  void secondInterruptLeavesATurnThatDoesNotStop() {
    server.onSocket(
        new ServedTurns(
            turn -> List.of("'type':'output.delta','turn':'" + turn + "','text':'x'}")));
    try (Conversation conversation = conversation(Duration.ofSeconds(15))) {
      conversation.open();
      TurnOutcome outcome = conversation.turn(question(), interruptingAfterText(conversation, 2));
      assertInstanceOf(TurnOutcome.Left.class, outcome);
    }
  }

  @Test
  void silentConnectionIsAskedAndThenLeftForAnother() {
    // The first connection accepts the turn and falls silent; the second finishes it.
    server.onSocket(
        new ScriptedService.Script() {
          private int connections;

          @Override
          public void connected(ScriptedService.Peer peer) {
            connections++;
            peer.send("{'type':'session.ready','epoch':'e1','seq':0}");
            if (connections == 2) {
              peer.send("{'type':'output.delta','seq':2,'turn':'trn_1','text':'late'}");
              peer.send("{'seq':3," + ServedTurns.done("trn_1"));
            }
          }

          @Override
          public void said(ScriptedService.Peer peer, JsonNode frame) {
            if (frame.path("type").asText().equals("turn.create")) {
              peer.send("{'type':'turn.accepted','seq':1,'turn':'trn_1'}");
            }
          }
        });
    try (Conversation conversation = conversation(Duration.ofMillis(200))) {
      conversation.open();
      assertInstanceOf(TurnOutcome.Done.class, conversation.turn(question(), seen));
      assertEquals("late", seen.text());
    }
  }

  @Test
  void serviceThatStaysAwayIsGivenUpAfterTheLastAttempt() {
    server.onSocket(
        new ScriptedService.Script() {
          @Override
          public void connected(ScriptedService.Peer peer) {
            peer.send("{'type':'session.ready','epoch':'e1','seq':0}");
          }

          @Override
          public void said(ScriptedService.Peer peer, JsonNode frame) {
            server.refuseSockets(503);
            peer.tear();
          }
        });
    CliException failure = assertThrows(CliException.class, () -> ask(seen));
    assertEquals(CliException.COULD_NOT_RUN, failure.exitCode());
    assertTrue(failure.lines().getFirst().contains(server.url()), failure.lines()::toString);
    assertTrue(failure.lines().getFirst().contains("./palimpsest run"), failure.lines()::toString);
    assertEquals(
        List.of("the connection was lost; trying again (Ctrl-C twice: stop waiting)"),
        seen.notices());
  }

  @Test
  void frameBeyondTheLimitEndsTheConnection() {
    String tooLong = "x".repeat(SocketListener.MESSAGE_CHARS_MAX);
    ServedTurns turns = ServedTurns.saying("a", tooLong, "b");
    TurnOutcome outcome = ask(turns);
    Problem problem = assertInstanceOf(TurnOutcome.Refused.class, outcome).problem();
    assertEquals(413, problem.status());
    assertEquals("a", seen.text());
    assertEquals(1, server.sockets().size());
  }

  @Test
  void keyTravelsInTheHeaderAndMissingKeyIsNamed() {
    server.refuseSockets(401);
    CliException failure = assertThrows(CliException.class, () -> ask(seen));
    assertTrue(failure.lines().getFirst().contains("PALIMPSEST_KEY"), failure.lines()::toString);
  }

  private TurnObserver interruptingAfterText(Conversation conversation, int times) {
    return new TurnObserver() {
      @Override
      public void text(String piece) {
        seen.text(piece);
        for (int i = 0; i < times; i++) {
          conversation.interrupt();
        }
      }

      @Override
      public void notice(String line) {
        seen.notice(line);
      }
    };
  }

  private static ScriptedService.Script replying(String reply) {
    return new ScriptedService.Script() {
      @Override
      public void connected(ScriptedService.Peer peer) {
        peer.send("{'type':'session.ready','epoch':'e1','seq':0}");
      }

      @Override
      public void said(ScriptedService.Peer peer, JsonNode frame) {
        if (frame.path("type").asText().equals("turn.create")) {
          peer.send(reply);
        }
      }
    };
  }

  private TurnOutcome ask(ServedTurns turns) {
    return ask(turns, seen);
  }

  private TurnOutcome ask(ServedTurns turns, Recorded observer) {
    server.onSocket(turns);
    return ask(observer);
  }

  private TurnOutcome ask(TurnObserver observer) {
    try (Conversation conversation = conversation(Duration.ofSeconds(15))) {
      conversation.open();
      return conversation.turn(question(), observer);
    }
  }

  private static ObjectNode question() {
    return Json.object().put("input", "Count.");
  }

  private Conversation conversation(Duration silence) {
    Service service =
        new Service(ServiceAddress.resolve(server.url(), null, Map.of("PALIMPSEST_KEY", "k")));
    assertEquals(Optional.of("k"), service.address().key());
    return new Conversation(service, "ses_1", Desk.surroundings(), silence);
  }
}
