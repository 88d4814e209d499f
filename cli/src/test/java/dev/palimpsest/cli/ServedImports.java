package dev.palimpsest.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A service as the protocol describes it, on the import socket: it spools what comes, counts each
 * line as a record once it is whole, acknowledges that, and goes on with an import by its id. Lines
 * that begin with an exclamation mark are rejected. Runs on the server's event loop, one import at
 * a time.
 */
final class ServedImports implements ScriptedService.Script {
  private final List<JsonNode> received = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();
  private final Set<String> known = new HashSet<>();
  private ByteArrayOutputStream spool = new ByteArrayOutputStream();
  private final long credit;
  private int imports;
  private int frames;
  private int cutEvery;
  private int cutsLeft;
  private int committed;
  private long read;
  private long stored;
  private long rejected;
  private boolean silent;
  private boolean ended;
  private boolean cutsAtTheEnd;
  private ScriptedService.@Nullable Peer torn;

  ServedImports(long credit) {
    this.credit = credit;
  }

  /** Tears the connection after each {@code every} frames of any kind, {@code times} times. */
  ServedImports cut(int every, int times) {
    cutEvery = every;
    cutsLeft = times;
    return this;
  }

  /** Says nothing after an import's end. */
  ServedImports silentAtTheEnd() {
    silent = true;
    return this;
  }

  /** Tears the connection once, after the import has ended and before it says so. */
  ServedImports cutAtTheEnd() {
    cutsAtTheEnd = true;
    return this;
  }

  synchronized List<JsonNode> received() {
    return List.copyOf(received);
  }

  /** What a client did that the protocol does not allow. */
  synchronized List<String> faults() {
    return List.copyOf(faults);
  }

  synchronized byte[] spooled() {
    return spool.toByteArray();
  }

  synchronized int imports() {
    return imports;
  }

  String report() {
    return "{'import_id':'imp_" + imports + "','status':'done'," + counts() + "}";
  }

  @Override
  public void connected(ScriptedService.Peer peer) {}

  @Override
  public synchronized void said(ScriptedService.Peer peer, JsonNode frame) {
    if (peer.equals(torn)) {
      return;
    }
    received.add(frame);
    if (isCut(peer)) {
      return;
    }
    switch (frame.path("type").asText()) {
      case "import.start" -> start(peer, frame.path("import_id").asText(""));
      case "import.finish" -> finish(peer, frame.path("sha256").asText());
      default -> faults.add("said " + frame);
    }
  }

  @Override
  public synchronized void heard(ScriptedService.Peer peer, byte[] bytes) {
    if (peer.equals(torn)) {
      return;
    }
    spool.writeBytes(bytes);
    if (spool.size() - committed > credit) {
      faults.add(spool.size() - committed + " bytes unacknowledged");
    }
    if (isCut(peer)) {
      return;
    }
    commit(peer, false);
    acknowledge(peer);
  }

  private boolean isCut(ScriptedService.Peer peer) {
    frames++;
    if (cutsLeft == 0 || frames % cutEvery != 0) {
      return false;
    }
    cutsLeft--;
    torn = peer;
    peer.tear();
    return true;
  }

  private void start(ScriptedService.Peer peer, String importId) {
    if (importId.isEmpty()) {
      imports++;
      spool = new ByteArrayOutputStream();
      committed = 0;
      ended = false;
      read = 0;
      stored = 0;
      rejected = 0;
    } else if (!importId.equals("imp_" + imports)) {
      faults.add("went on with " + importId);
    }
    commit(peer, false);
    peer.send(
        "{'type':'import.ready','seq':1,'import_id':'imp_"
            + imports
            + "','resume_offset':"
            + spool.size()
            + ",'credit_bytes':"
            + credit
            + "}");
    if (ended) {
      peer.send("{'type':'import.done','report':" + report() + "}");
    }
  }

  private void finish(ScriptedService.Peer peer, String sum) {
    if (ended) {
      peer.send(
          "{'type':'error','problem':{'title':'The import has ended','status':409},"
              + "'in_reply_to':'import.finish'}");
      return;
    }
    if (!sum.equals(sha256(spool.toByteArray()))) {
      peer.send(
          "{'type':'import.failed','problem':{'title':'The sum is not that of what came',"
              + "'status':409}}");
      return;
    }
    commit(peer, true);
    ended = true;
    acknowledge(peer);
    if (cutsAtTheEnd) {
      cutsAtTheEnd = false;
      torn = peer;
      peer.tear();
    } else if (!silent) {
      peer.send("{'type':'import.progress','stage':'embedding','done':1,'total':" + stored + "}");
      peer.send("{'type':'import.done','report':" + report() + "}");
    }
  }

  /** Whole lines become records; at the end the rest is one, too. */
  private void commit(ScriptedService.Peer peer, boolean all) {
    byte[] bytes = spool.toByteArray();
    int end = committed;
    for (int i = committed; i < bytes.length; i++) {
      if (bytes[i] == '\n' || (all && i == bytes.length - 1)) {
        record(peer, new String(bytes, end, i - end, UTF_8), end);
        end = i + 1;
      }
    }
    committed = end;
  }

  private void record(ScriptedService.Peer peer, String line, int offset) {
    read++;
    if (line.startsWith("!")) {
      rejected++;
      peer.send(
          "{'type':'import.rejected','record':"
              + read
              + ",'offset':"
              + offset
              + ",'reason':'invalid_json\\u001b[2J'}");
    } else if (known.add(line)) {
      stored++;
    }
  }

  private void acknowledge(ScriptedService.Peer peer) {
    peer.send(
        "{'type':'import.ack','offset':"
            + committed
            + ",'credit_bytes':"
            + credit
            + ","
            + counts()
            + "}");
  }

  private String counts() {
    return "'read':"
        + read
        + ",'stored':"
        + stored
        + ",'duplicate':"
        + (read - stored - rejected)
        + ",'rejected':"
        + rejected
        + ",'sanitised':0,'skipped':0";
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
