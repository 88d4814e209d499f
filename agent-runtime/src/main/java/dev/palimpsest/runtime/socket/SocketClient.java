package dev.palimpsest.runtime.socket;

import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.turn.SessionKey;
import dev.palimpsest.runtime.turn.Subscription;
import dev.palimpsest.runtime.turn.TurnNews;
import io.quarkus.websockets.next.WebSocketConnection;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One connection: who it is, what it watches, how far it has been told. Its pump thread tells the
 * news; any thread may send what answers a frame of its own.
 */
final class SocketClient implements AutoCloseable {
  private static final Duration LONGEST_SEND = Duration.ofSeconds(30);
  private static final Duration LOOK_AROUND = Duration.ofSeconds(1);

  private final WebSocketConnection connection;
  private final Caller caller;
  private final SessionKey session;
  private final Subscription subscription;
  private final FrameWriter writer;
  private final AtomicLong told;
  private final Set<TurnId> endedInPast = new HashSet<>();
  private long pastUntil;

  SocketClient(
      WebSocketConnection connection,
      Caller caller,
      SessionKey session,
      Subscription subscription,
      FrameWriter writer) {
    this.connection = connection;
    this.caller = caller;
    this.session = session;
    this.subscription = subscription;
    this.writer = writer;
    this.told = new AtomicLong(subscription.startedAfter());
  }

  Caller caller() {
    return caller;
  }

  SessionKey session() {
    return session;
  }

  Subscription subscription() {
    return subscription;
  }

  /** Sends what only this connection is told; it carries the last number that was told. */
  void send(Frame.Server frame) {
    send(frame, told.get());
  }

  /** Tells the durable past; what comes later and is part of it will not be told again. */
  void tellPast(List<TurnNews> past, long until) {
    for (TurnNews news : past) {
      if (news instanceof TurnNews.Accepted accepted) {
        endedInPast.remove(accepted.turn());
      } else if (news instanceof TurnNews.Ended ended) {
        endedInPast.add(ended.turn());
      }
      send(FrameWriter.frame(news));
    }
    pastUntil = until;
  }

  /** Tells news as they come, until the connection is closed or proves too slow. */
  Pumped pump() throws InterruptedException {
    while (connection.isOpen()) {
      Subscription.@Nullable Numbered next = subscription.poll(LOOK_AROUND);
      if (next != null) {
        if (!isPast(next.news())) {
          send(FrameWriter.frame(next.news()), next.seq());
        }
        told.set(next.seq());
      } else if (subscription.isLost()) {
        return Pumped.TOO_SLOW;
      }
    }
    return Pumped.CLOSED;
  }

  /** Why the pump stopped. */
  enum Pumped {
    CLOSED,
    TOO_SLOW
  }

  @Override
  public void close() {
    subscription.close();
  }

  private boolean isPast(TurnNews news) {
    return news.event() == 0 ? endedInPast.contains(news.turn()) : news.event() <= pastUntil;
  }

  private void send(Frame.Server frame, long seq) {
    connection.sendText(writer.write(frame, session.session(), seq)).await().atMost(LONGEST_SEND);
  }
}
