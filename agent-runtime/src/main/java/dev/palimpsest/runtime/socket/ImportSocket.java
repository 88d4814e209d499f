package dev.palimpsest.runtime.socket;

import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.Right;
import dev.palimpsest.memory.importing.ImportId;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.KeyCheck;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import dev.palimpsest.runtime.importing.ImportJob;
import dev.palimpsest.runtime.importing.Imports;
import io.quarkus.websockets.next.CloseReason;
import io.quarkus.websockets.next.HandshakeRequest;
import io.quarkus.websockets.next.OnBinaryMessage;
import io.quarkus.websockets.next.OnClose;
import io.quarkus.websockets.next.OnError;
import io.quarkus.websockets.next.OnOpen;
import io.quarkus.websockets.next.OnTextMessage;
import io.quarkus.websockets.next.WebSocket;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * The socket for imports. It hands bytes to an import and tells its news; the import lives without
 * it. Frames of one connection are handled one after the other, on virtual threads; a binary frame
 * is on the disk before the next is looked at.
 */
@WebSocket(path = "/v1/imports/socket")
public class ImportSocket {
  private static final Logger LOG = Logger.getLogger(ImportSocket.class);
  private static final int POLICY_VIOLATION = 1008;
  private static final int TOO_BIG = 1009;
  private static final int TRY_AGAIN_LATER = 1013;
  private static final String BINARY = "binary";

  private final Imports imports;
  private final KeyCheck keys;
  private final ImportFrameWriter writer;
  private final Map<String, ImportClient> clients = new ConcurrentHashMap<>();

  /** Takes its parts. */
  public ImportSocket(Imports imports, KeyCheck keys, ImportFrameWriter writer) {
    this.imports = imports;
    this.keys = keys;
    this.writer = writer;
  }

  /** Connections that are open. */
  public int open() {
    return clients.size();
  }

  @OnOpen
  @RunOnVirtualThread
  void opened(WebSocketConnection connection, HandshakeRequest handshake) {
    try {
      Caller caller =
          keys.caller(
              handshake.header("Authorization"),
              handshake.headers(HandshakeRequest.SEC_WEBSOCKET_PROTOCOL));
      caller.require(Right.WRITE);
      Resumption resumption = Resumption.of(handshake.query());
      clients.put(connection.id(), new ImportClient(connection, caller, resumption, writer));
      if (connection.isClosed()) {
        closed(connection);
      }
    } catch (ProblemException e) {
      turnAway(connection, e.problem(), POLICY_VIOLATION);
    } catch (MemoryStoreException e) {
      LOG.warnf("import socket refused=store operation=%s", e.operation());
      turnAway(connection, TurnProblems.of(e), TRY_AGAIN_LATER);
    }
  }

  @OnTextMessage
  @RunOnVirtualThread
  void text(WebSocketConnection connection, String text) {
    ImportClient client = clients.get(connection.id());
    if (client == null) {
      // It was turned away and its farewell is on the way.
      return;
    }
    if (FrameReader.isTooLarge(text)) {
      closeTooLarge(connection);
      return;
    }
    switch (ImportFrameReader.read(text, client.caller())) {
      case ImportFrameReader.Read.Bad(ImportFrame.Refused answer) -> client.send(answer);
      case ImportFrameReader.Read.Good(ImportFrame.Client frame) ->
          answer(client, frame.type(), () -> serve(connection, client, frame));
    }
  }

  @OnBinaryMessage
  @RunOnVirtualThread
  void binary(WebSocketConnection connection, Buffer bytes) {
    ImportClient client = clients.get(connection.id());
    if (client == null) {
      return;
    }
    if (bytes.length() > FrameReader.FRAME_BYTES_MAX) {
      closeTooLarge(connection);
      return;
    }
    ImportJob job = client.job();
    if (job == null) {
      client.send(ImportFrameReader.noImport(BINARY));
      return;
    }
    boolean isTaken =
        answer(client, BINARY, () -> job.append(client, ByteBuffer.wrap(bytes.getBytes())));
    if (!isTaken) {
      // What follows would leave a hole in the file. Whoever comes back is told where to go on.
      closed(connection);
      connection.closeAndAwait(
          new CloseReason(POLICY_VIOLATION, "bytes were not taken; come back with import_id"));
    }
  }

  @OnClose
  void closed(WebSocketConnection connection) {
    ImportClient ignored = clients.remove(connection.id());
  }

  @OnError
  void failed(WebSocketConnection connection, Exception e) {
    LOG.debugf(
        "import socket connection=%s failed=%s", connection.id(), e.getClass().getSimpleName());
  }

  private static void closeTooLarge(WebSocketConnection connection) {
    connection.closeAndAwait(
        new CloseReason(TOO_BIG, "a frame has at most " + FrameReader.FRAME_BYTES_MAX + " bytes"));
  }

  /** Serves a frame and tells what goes wrong; whether nothing did. */
  private static boolean answer(ImportClient client, String name, Runnable serving) {
    try {
      serving.run();
      return true;
    } catch (ProblemException e) {
      client.send(new ImportFrame.Refused(e.problem(), name));
    } catch (MemoryStoreException e) {
      LOG.warnf("import socket frame=%s failed=store operation=%s", name, e.operation());
      client.send(new ImportFrame.Refused(TurnProblems.of(e), name));
    } catch (RuntimeException e) {
      LOG.errorf(e, "import socket frame=%s failed=unexpectedly", name);
      client.send(
          new ImportFrame.Refused(
              Problem.of(ProblemKind.INTERNAL, "The service's log says what."), name));
    }
    return false;
  }

  private void serve(
      WebSocketConnection connection, ImportClient client, ImportFrame.Client frame) {
    switch (frame) {
      case ImportFrame.Start start -> {
        requireFree(client);
        attach(connection, client, imports.begin(client.caller().tenant(), start.request()));
      }
      case ImportFrame.Continue(ImportId id) -> {
        requireFree(client);
        attach(connection, client, find(client.caller(), id));
      }
      case ImportFrame.Finish(String sha256) -> job(client).finish(client, sha256);
      case ImportFrame.Abort abort -> job(client).abort();
    }
  }

  private void attach(WebSocketConnection connection, ImportClient client, ImportJob job) {
    client.attach(job, imports.epoch());
    Thread.ofVirtual()
        .name("import-socket-" + connection.id())
        .start(() -> pump(connection, client, job));
  }

  private static void pump(WebSocketConnection connection, ImportClient client, ImportJob job) {
    try {
      client.pump(job);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      // The connection broke while something was sent; its client comes back when it likes.
      LOG.debugf(
          "import socket connection=%s broke=%s", connection.id(), e.getClass().getSimpleName());
    }
  }

  private static void requireFree(ImportClient client) {
    ImportJob job = client.job();
    if (job != null) {
      throw new ProblemException(
          ProblemKind.CONFLICT, "Import " + job.id() + " is going on here; end it first.");
    }
  }

  /** An import into which the caller may write; any other is not there. */
  private ImportJob find(Caller caller, ImportId id) {
    Optional<ImportJob> found = imports.find(caller.tenant(), id);
    return found
        .filter(job ->
            caller.user() == null || caller.user().equals(job.state().request().scope().user()))
        .orElseThrow(() -> new ProblemException(ProblemKind.NOT_FOUND, "There is no such import."));
  }

  private static ImportJob job(ImportClient client) {
    ImportJob job = client.job();
    if (job == null) {
      throw new ProblemException(ImportFrameReader.noImport(BINARY).problem());
    }
    return job;
  }

  private void turnAway(WebSocketConnection connection, Problem problem, int closeCode) {
    connection.sendTextAndAwait(writer.write(new ImportFrame.Refused(problem, null), null, 0));
    connection.closeAndAwait(new CloseReason(closeCode, problem.title()));
  }
}
