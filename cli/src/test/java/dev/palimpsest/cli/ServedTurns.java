package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A service as the protocol describes it, on the socket side: every turn gets the same scripted
 * frames, numbered within an epoch and kept; a reconnection receives what it missed. The connection
 * is torn when the journal has reached {@code cutAfter} frames. Runs on the server's event loop.
 *
 * <p>A restart happens at the same place when {@code restarts} is set: the journal is lost, the
 * epoch is a new one, and the turn starts again from its beginning when its id is repeated.
 */
final class ServedTurns implements ScriptedService.Script {
  private final Function<String, List<String>> frames;
  private final List<String> journal = new ArrayList<>();
  private final Map<String, String> turns = new HashMap<>();
  private final List<JsonNode> received = new ArrayList<>();
  private int cutAfter = -1;
  private boolean restarts;
  private int epoch = 1;

  /**
   * @param frames gives the frames of a turn by its id, each without the opening brace, {@code seq}
   */
  ServedTurns(Function<String, List<String>> frames) {
    this.frames = frames;
  }

  /** Frames of a turn that says {@code pieces} and is done. */
  static ServedTurns saying(String... pieces) {
    return new ServedTurns(turn -> {
      List<String> frames = new ArrayList<>();
      for (String piece : pieces) {
        frames.add("'type':'output.delta','turn':'" + turn + "','text':'" + piece + "'}");
      }
      frames.add(done(turn));
      return frames;
    });
  }

  static String done(String turn) {
    return "'type':'turn.done','turn':'"
        + turn
        + "','status':'done','usage':{'input_tokens':9,'cached_tokens':4,'output_tokens':3,"
        + "'first_token_ms':12,'model_ms':30,'total_ms':40}}";
  }

  ServedTurns cutAfter(int framesInJournal, boolean withRestart) {
    cutAfter = framesInJournal;
    restarts = withRestart;
    return this;
  }

  synchronized List<JsonNode> received() {
    return List.copyOf(received);
  }

  /** Turns that were really begun; repeats of an id are not. */
  int begun() {
    return turns.size();
  }

  @Override
  public void connected(ScriptedService.Peer peer) {
    peer.send(
        "{'type':'session.ready','session':'ses_1','last_event':0,'epoch':'e"
            + epoch
            + "','seq':"
            + journal.size()
            + "}");
    boolean resumes = peer.query("epoch").map(("e" + epoch)::equals).orElse(false);
    if (resumes) {
      int after = Integer.parseInt(peer.query("resume_after").orElseThrow());
      replay(peer, after);
    }
  }

  @Override
  public void said(ScriptedService.Peer peer, JsonNode frame) {
    synchronized (this) {
      received.add(frame);
    }
    if (frame.path("type").asText().equals("turn.create")) {
      create(peer, frame.path("client_turn_id").asText());
    }
  }

  private void create(ScriptedService.Peer peer, String client) {
    boolean known = turns.containsKey(client);
    String turn = turns.computeIfAbsent(client, _ -> "trn_" + (turns.size() + 1));
    int from = journal.size();
    journal.add("'type':'turn.accepted','turn':'" + turn + "','client_turn_id':'" + client + "'}");
    boolean lost = journal.stream().noneMatch(f -> f.contains("output.delta"));
    if (!known || lost) {
      journal.addAll(frames.apply(turn));
    } else {
      journal.add(done(turn));
    }
    replay(peer, from);
  }

  private void replay(ScriptedService.Peer peer, int after) {
    for (int seq = after + 1; seq <= journal.size(); seq++) {
      if (cutAfter == seq - 1) {
        cut(peer);
        return;
      }
      peer.send("{'seq':" + seq + "," + journal.get(seq - 1));
    }
    if (cutAfter == journal.size()) {
      cut(peer);
    }
  }

  private void cut(ScriptedService.Peer peer) {
    cutAfter = -1;
    if (restarts) {
      epoch++;
      journal.clear();
    }
    peer.tear();
  }
}
