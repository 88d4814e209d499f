package dev.palimpsest.runtime.socket;

import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.Right;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.KeyCheck;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import dev.palimpsest.runtime.turn.CallAnswer;
import dev.palimpsest.runtime.turn.Feeds;
import dev.palimpsest.runtime.turn.RunningTurn;
import dev.palimpsest.runtime.turn.SessionKey;
import dev.palimpsest.runtime.turn.Started;
import dev.palimpsest.runtime.turn.Subscription;
import dev.palimpsest.runtime.turn.Taken;
import dev.palimpsest.runtime.turn.TurnNews;
import dev.palimpsest.runtime.turn.TurnOutcome;
import dev.palimpsest.runtime.turn.TurnPast;
import dev.palimpsest.runtime.turn.TurnResult;
import dev.palimpsest.runtime.turn.TurnRunner;
import io.quarkus.websockets.next.CloseReason;
import io.quarkus.websockets.next.HandshakeRequest;
import io.quarkus.websockets.next.OnBinaryMessage;
import io.quarkus.websockets.next.OnClose;
import io.quarkus.websockets.next.OnError;
import io.quarkus.websockets.next.OnOpen;
import io.quarkus.websockets.next.OnTextMessage;
import io.quarkus.websockets.next.PathParam;
import io.quarkus.websockets.next.WebSocket;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * The socket of a session. It turns frames into calls and news into frames and holds nothing that a
 * turn would miss. Frames of one connection are handled one after the other, on virtual threads.
 */
@WebSocket(path = "/v1/sessions/{id}/socket")
public class SessionSocket {
  private static final Logger LOG = Logger.getLogger(SessionSocket.class);
  private static final int POLICY_VIOLATION = 1008;
  private static final int TOO_BIG = 1009;
  private static final int TRY_AGAIN_LATER = 1013;

  private final SessionAccess sessions;
  private final StoreLink store;
  private final TurnRunner turns;
  private final Feeds feeds;
  private final KeyCheck keys;
  private final FrameWriter writer;
  private final Map<String, SocketClient> clients = new ConcurrentHashMap<>();

  /** Takes its parts. */
  public SessionSocket(
      SessionAccess sessions,
      StoreLink store,
      TurnRunner turns,
      Feeds feeds,
      KeyCheck keys,
      FrameWriter writer) {
    this.sessions = sessions;
    this.store = store;
    this.turns = turns;
    this.feeds = feeds;
    this.keys = keys;
    this.writer = writer;
  }

  /** Connections that are open. */
  public int open() {
    return clients.size();
  }

  @OnOpen
  @RunOnVirtualThread
  void opened(
      WebSocketConnection connection, HandshakeRequest handshake, @PathParam("id") String id) {
    try {
      Caller caller =
          keys.caller(
              handshake.header("Authorization"),
              handshake.headers(HandshakeRequest.SEC_WEBSOCKET_PROTOCOL));
      Resumption resumption = Resumption.of(handshake.query());
      Session session = sessions.find(caller, id);
      welcome(connection, caller, session, resumption);
    } catch (ProblemException e) {
      turnAway(connection, id, e.problem(), POLICY_VIOLATION);
    } catch (MemoryStoreException e) {
      LOG.warnf("socket refused=store operation=%s", e.operation());
      turnAway(connection, id, TurnProblems.of(e), TRY_AGAIN_LATER);
    }
  }

  @OnTextMessage
  @RunOnVirtualThread
  void text(WebSocketConnection connection, String text) {
    SocketClient client = clients.get(connection.id());
    if (client == null) {
      // It was turned away and its farewell is on the way.
      return;
    }
    if (FrameReader.isTooLarge(text)) {
      closeTooLarge(connection);
      return;
    }
    switch (FrameReader.read(text)) {
      case FrameReader.Read.Bad(Frame.Refused answer) -> client.send(answer);
      case FrameReader.Read.Good(Frame.Client frame, String name) ->
          serve(client, frame, String.valueOf(name));
    }
  }

  @OnBinaryMessage
  @RunOnVirtualThread
  void binary(WebSocketConnection connection, Buffer bytes) {
    SocketClient client = clients.get(connection.id());
    if (bytes.length() > FrameReader.FRAME_BYTES_MAX) {
      closeTooLarge(connection);
    } else if (client != null) {
      client.send(FrameReader.binary(bytes.length()));
    }
  }

  @OnClose
  void closed(WebSocketConnection connection) {
    SocketClient client = clients.remove(connection.id());
    if (client != null) {
      client.close();
    }
  }

  @OnError
  void failed(WebSocketConnection connection, Exception e) {
    LOG.debugf("socket connection=%s failed=%s", connection.id(), e.getClass().getSimpleName());
  }

  private static void closeTooLarge(WebSocketConnection connection) {
    connection.closeAndAwait(
        new CloseReason(TOO_BIG, "a frame has at most " + FrameReader.FRAME_BYTES_MAX + " bytes"));
  }

  private void welcome(
      WebSocketConnection connection, Caller caller, Session session, Resumption resumption) {
    SessionKey key = new SessionKey(caller.tenant(), session.id());
    boolean isKnownEpoch = feeds.epoch().equals(resumption.epoch());
    Subscription subscription =
        isKnownEpoch ? feeds.resume(key, resumption.resumeAfter()) : feeds.subscribe(key);
    SocketClient client = new SocketClient(connection, caller, key, subscription, writer);
    clients.put(connection.id(), client);
    boolean isNew = resumption.epoch() == null;
    boolean needsPast = !isNew && !(isKnownEpoch && subscription.isComplete());
    String replay = isNew ? "none" : needsPast ? "events" : "frames";
    client.send(
        new Frame.SessionReady(session.id(), session.lastEvent(), subscription.running(), replay));
    if (needsPast) {
      client.tellPast(
          TurnPast.read(store, key, resumption.afterEvent(), session.lastEvent()),
          session.lastEvent());
    }
    Thread.ofVirtual().name("socket-" + connection.id()).start(() -> pump(connection, client));
    if (connection.isClosed()) {
      closed(connection);
    }
  }

  private void pump(WebSocketConnection connection, SocketClient client) {
    try {
      if (client.pump() == SocketClient.Pumped.TOO_SLOW && connection.isOpen()) {
        connection.closeAndAwait(
            new CloseReason(TRY_AGAIN_LATER, "too slow; come back with epoch and resume_after"));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      // The connection broke while something was sent; its client comes back when it likes.
      LOG.debugf("socket connection=%s broke=%s", connection.id(), e.getClass().getSimpleName());
    } finally {
      clients.remove(connection.id());
      client.close();
    }
  }

  private void serve(SocketClient client, Frame.Client frame, String name) {
    try {
      switch (frame) {
        case Frame.Ping ping -> client.send(new Frame.Pong());
        case Frame.TurnCancel(TurnId turn) -> cancel(client, turn);
        case Frame.TurnCreate create -> create(client, create, name);
        case Frame.ToolAnswer(CallAnswer answer) -> answer(client, answer);
      }
    } catch (ProblemException e) {
      client.send(new Frame.Refused(e.problem(), name));
    } catch (MemoryStoreException e) {
      LOG.warnf("socket frame=%s failed=store operation=%s", frame.type(), e.operation());
      client.send(new Frame.Refused(TurnProblems.of(e), name));
    } catch (RuntimeException e) {
      LOG.errorf(e, "socket frame=%s failed=unexpectedly", frame.type());
      client.send(
          new Frame.Refused(
              Problem.of(ProblemKind.INTERNAL, "The service's log says what."), name));
    }
  }

  private void create(SocketClient client, Frame.TurnCreate create, String name) {
    client.caller().require(Right.WRITE);
    SessionKey key = client.session();
    Session session = sessions.find(client.caller(), key.session().value());
    Started started = turns.start(key.tenant(), session, create.request());
    Optional<Problem> problem = TurnProblems.of(started);
    if (problem.isPresent()) {
      client.send(new Frame.Refused(problem.get(), name));
      return;
    }
    tell(client, started);
  }

  private void cancel(SocketClient client, TurnId turn) {
    client.caller().require(Right.WRITE);
    SessionKey key = client.session();
    Session session = sessions.find(client.caller(), key.session().value());
    Started cancelled =
        turns
            .cancel(key.tenant(), session, turn)
            .orElseThrow(
                () -> new ProblemException(ProblemKind.NOT_FOUND, "There is no such turn."));
    if (cancelled instanceof Started.Ended(TurnResult result)) {
      feeds.tell(key, client.subscription(), List.of(new TurnNews.Ended(result)));
    }
  }

  /** What came of it is told to all who watch; a repeat, and what follows, to this one. */
  private void answer(SocketClient client, CallAnswer answer) {
    client.caller().require(Right.WRITE);
    SessionKey key = client.session();
    Session session = sessions.find(client.caller(), key.session().value());
    Taken taken = turns.answer(key.tenant(), session, answer);
    TurnProblems.of(answer.turn(), taken)
        .ifPresent(problem -> {
          throw new ProblemException(problem);
        });
    if (taken instanceof Taken.Committed(Started.Ended(TurnResult result), var said, var calls)) {
      feeds.tell(key, client.subscription(), List.of(new TurnNews.Ended(result)));
    }
  }

  /** A repeated turn is told from its beginning; a new one is told by its own news. */
  private void tell(SocketClient client, Started started) {
    SessionKey key = client.session();
    Subscription reader = client.subscription();
    switch (started) {
      case Started.Running(var turn, boolean isRepeated, boolean wasAtWork) -> {
        if (wasAtWork && !feeds.attach(key, reader, turn.turn())) {
          tellEnd(client, turn);
        }
      }
      case Started.Ended(TurnResult result) -> feeds.tell(key, reader, TurnNews.whole(result));
      case Started.Busy busy -> unexpected(busy);
      case Started.NoSession none -> unexpected(none);
      case Started.NoModel none -> unexpected(none);
      case Started.Invalid invalid -> unexpected(invalid);
      case Started.Stopping stopping -> unexpected(stopping);
    }
  }

  /** It ended between being found at work and being listened to. */
  private void tellEnd(SocketClient client, RunningTurn turn) {
    try {
      List<TurnNews> news =
          switch (turn.await()) {
            case TurnOutcome.Ended(TurnResult result) -> TurnNews.whole(result);
            case TurnOutcome.Open open -> List.of(new TurnNews.LeftOpen(turn.turn(), open));
          };
      feeds.tell(client.session(), client.subscription(), news);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void turnAway(WebSocketConnection connection, String id, Problem problem, int closeCode) {
    connection.sendTextAndAwait(writer.writeRefusal(problem, id));
    connection.closeAndAwait(new CloseReason(closeCode, problem.title()));
  }

  private static void unexpected(Started started) {
    throw new IllegalStateException("a refusal was told before: " + started);
  }
}
