package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.socket.FrameWriter;
import dev.palimpsest.runtime.turn.Feeds;
import dev.palimpsest.runtime.turn.RunningTurn;
import dev.palimpsest.runtime.turn.SessionKey;
import dev.palimpsest.runtime.turn.Started;
import dev.palimpsest.runtime.turn.Subscription;
import dev.palimpsest.runtime.turn.TurnNews;
import dev.palimpsest.runtime.turn.TurnOutcome;
import dev.palimpsest.runtime.turn.TurnResult;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/**
 * Writes one turn as server-sent events: {@code event} is the type of the socket's frame, {@code
 * data} the frame. It begins with {@code turn.accepted}, which is told once more if the reader was
 * too slow and hears the answer from its beginning, and ends with {@code turn.done}, {@code
 * turn.failed} or, where work on the turn was left, {@code error}.
 */
public final class TurnStream {
  private static final Duration SILENCE = Duration.ofSeconds(15);
  private static final byte[] KEEP_ALIVE = ": \n\n".getBytes(StandardCharsets.UTF_8);

  private final Feeds feeds;
  private final FrameWriter writer;

  /** Takes its parts. */
  public TurnStream(Feeds feeds, FrameWriter writer) {
    this.feeds = feeds;
    this.writer = writer;
  }

  /** Writes until the turn is over; an {@link IOException} ends the view, never the turn. */
  void write(SessionKey session, Started started, OutputStream out) throws IOException {
    switch (started) {
      case Started.Ended(TurnResult result) -> tell(session, TurnNews.whole(result), out);
      case Started.Running(RunningTurn turn, boolean isRepeated, boolean wasAtWork) ->
          follow(session, turn, isRepeated, out);
      case Started.Busy busy -> throw unexpected(busy);
      case Started.NoSession none -> throw unexpected(none);
      case Started.NoModel none -> throw unexpected(none);
      case Started.Invalid invalid -> throw unexpected(invalid);
      case Started.Stopping stopping -> throw unexpected(stopping);
    }
  }

  private void follow(SessionKey session, RunningTurn turn, boolean isRepeated, OutputStream out)
      throws IOException {
    try (Subscription reader = feeds.subscribe(session)) {
      boolean isAtWork = turn.turn().equals(reader.running());
      if (!isAtWork || !relay(session, turn.turn(), isRepeated, reader, out)) {
        tell(session, ending(turn), out);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Tells the turn's news; false when the reader was cut off before the end. */
  private boolean relay(
      SessionKey session, TurnId turn, boolean isRepeated, Subscription reader, OutputStream out)
      throws IOException, InterruptedException {
    while (!reader.isLost()) {
      Subscription.Numbered next = reader.poll(SILENCE);
      if (next == null) {
        out.write(KEEP_ALIVE);
        out.flush();
      } else if (turn.equals(next.news().turn())) {
        write(session, corrected(next.news(), isRepeated), next.seq(), out);
        if (isEnd(next.news())) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isEnd(TurnNews news) {
    return switch (news) {
      case TurnNews.Accepted accepted -> false;
      case TurnNews.Recalled recalled -> false;
      case TurnNews.Said said -> false;
      case TurnNews.ToolCalled called -> false;
      case TurnNews.ToolAnswered answered -> false;
      case TurnNews.Ended ended -> true;
      case TurnNews.LeftOpen open -> true;
      case TurnNews.ContextChanged changed -> false;
    };
  }

  /** The feed tells latecomers of a repeat; whether it is one, the request knows better. */
  private static TurnNews corrected(TurnNews news, boolean isRepeated) {
    return news instanceof TurnNews.Accepted(var turn, var client, var event, var repeated)
        ? new TurnNews.Accepted(turn, client, event, isRepeated)
        : news;
  }

  private static List<TurnNews> ending(RunningTurn turn) throws InterruptedException {
    return switch (turn.await()) {
      case TurnOutcome.Ended(TurnResult result) -> TurnNews.whole(result);
      case TurnOutcome.Open open -> List.of(new TurnNews.LeftOpen(turn.turn(), open));
    };
  }

  private void tell(SessionKey session, List<TurnNews> news, OutputStream out) throws IOException {
    for (TurnNews one : news) {
      write(session, one, feeds.last(session), out);
    }
  }

  private void write(SessionKey session, TurnNews news, long seq, OutputStream out)
      throws IOException {
    var frame = FrameWriter.frame(news);
    String data = writer.write(frame, session.session(), seq);
    String event = "event: " + frame.type() + "\ndata: " + data + "\n\n";
    out.write(event.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private static IllegalStateException unexpected(Started started) {
    return new IllegalStateException("a refusal was told before: " + started);
  }
}
