package dev.palimpsest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A service that is started anew in the middle of an answer. Each test says what its second and
 * later lives send after the greeting and in reply to the repeated request.
 */
@Timeout(60)
class RestartTest {
  private static final String OF = "'turn':'trn_1','client_turn_id':'client-1'";
  private static final String DONE =
      "{'type':'turn.done','seq':3," + OF + ",'output':'One two.','usage':{}}";

  private final ScriptedService server = new ScriptedService();
  private final Recorded seen = new Recorded();

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Test
  void interruptedTurnRunsAgainBecauseItIsAskedForAgain() {
    TurnOutcome outcome =
        askThrough(
            List.of(
                "{'type':'turn.failed','seq':1,"
                    + OF
                    + ",'problem':{'type':'urn:palimpsest:problem:interrupted','title':'x'}}"),
            List.of(
                "{'type':'turn.accepted','seq':2," + OF + "}",
                "{'type':'output.delta','seq':3," + OF + ",'text':'One two.'}",
                DONE),
            2);
    assertInstanceOf(TurnOutcome.Done.class, outcome);
    assertEquals("One two.", seen.text());
    assertEquals(
        List.of("the service was started anew; asked it for this answer again"), seen.notices());
  }

  @Test
  void turnThatFinishedMeanwhileGivesItsStoredAnswer() {
    assertInstanceOf(TurnOutcome.Done.class, askThrough(List.of(), List.of(DONE), 2));
    assertEquals("One two.", seen.text());
  }

  /** The third connection is the first whose service has its database back. */
  @Test
  void serviceThatCannotSayYetIsAskedOnceMore() {
    server.onSocket(new Lives(List.of(), List.of(DONE), 3));
    assertInstanceOf(TurnOutcome.Done.class, ask());
    assertEquals("One two.", seen.text());
    assertEquals(3, server.sockets().size());
  }

  @Test
  void answerThatComesOutDifferentlyIsSaidToBeginAnew() {
    TurnOutcome outcome =
        askThrough(
            List.of(),
            List.of(
                "{'type':'turn.accepted','seq':2," + OF + "}",
                "{'type':'output.delta','seq':3," + OF + ",'text':'Un '}",
                "{'type':'output.delta','seq':4," + OF + ",'text':'deux.'}",
                "{'type':'turn.done','seq':5," + OF + ",'output':'Un deux.','usage':{}}"),
            2);
    assertInstanceOf(TurnOutcome.Done.class, outcome);
    assertEquals("One Un deux.", seen.text());
    assertEquals("the answer was begun anew:", seen.notices().getLast());
  }

  private TurnOutcome askThrough(List<String> history, List<String> reply, int wellFrom) {
    server.onSocket(new Lives(history, reply, wellFrom));
    return ask();
  }

  private TurnOutcome ask() {
    Service service = new Service(ServiceAddress.resolve(server.url(), null, Map.of()));
    try (Conversation conversation = new Conversation(service, "ses_1", Desk.surroundings())) {
      conversation.open();
      return conversation.turn(Json.object().put("input", "Count."), seen);
    }
  }

  /** First life: says one word and dies. Lives before {@code wellFrom}: no database. */
  private static final class Lives implements ScriptedService.Script {
    private final List<String> history;
    private final List<String> reply;
    private final int wellFrom;
    private int life;

    Lives(List<String> history, List<String> reply, int wellFrom) {
      this.history = history;
      this.reply = reply;
      this.wellFrom = wellFrom;
    }

    @Override
    public void connected(ScriptedService.Peer peer) {
      life++;
      peer.send("{'type':'session.ready','epoch':'e" + life + "','seq':0}");
      if (life > 1) {
        history.forEach(peer::send);
      }
    }

    @Override
    public void said(ScriptedService.Peer peer, JsonNode frame) {
      assertEquals("client-1", frame.path("client_turn_id").asText());
      if (life == 1) {
        peer.send("{'type':'turn.accepted','seq':1," + OF + "}");
        peer.send("{'type':'output.delta','seq':2," + OF + ",'text':'One '}");
        peer.tear();
      } else if (life < wellFrom) {
        peer.send("{'type':'error','problem':{'title':'No database','status':503}}");
      } else {
        reply.forEach(peer::send);
      }
    }
  }
}
