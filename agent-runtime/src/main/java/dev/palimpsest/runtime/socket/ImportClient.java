package dev.palimpsest.runtime.socket;

import dev.palimpsest.memory.importing.ImportId;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.importing.ImportFeed;
import dev.palimpsest.runtime.importing.ImportJob;
import io.quarkus.websockets.next.WebSocketConnection;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One connection: who it is, which import it is about, how far it has been told. Frames of the
 * client are handled one after the other; a pump thread for each import it is about tells the news.
 */
final class ImportClient {
  private static final Duration LONGEST_SEND = Duration.ofSeconds(30);
  private static final Duration LOOK_AROUND = Duration.ofSeconds(1);

  private final WebSocketConnection connection;
  private final Caller caller;
  private final Resumption resumption;
  private final ImportFrameWriter writer;
  private final AtomicLong told = new AtomicLong();
  private volatile @Nullable ImportJob job;

  ImportClient(
      WebSocketConnection connection,
      Caller caller,
      Resumption resumption,
      ImportFrameWriter writer) {
    this.connection = connection;
    this.caller = caller;
    this.resumption = resumption;
    this.writer = writer;
  }

  Caller caller() {
    return caller;
  }

  /** The import that it is about and that has not ended for it; null where there is none. */
  @Nullable ImportJob job() {
    return job;
  }

  /** Is about this import from now on; its news are told by {@link #pump}. */
  void attach(ImportJob next, String epoch) {
    long last = next.feed().last();
    boolean isKnownEpoch = epoch.equals(resumption.epoch());
    boolean knows = isKnownEpoch && resumption.resumeAfter() <= last;
    told.set(knows ? resumption.resumeAfter() : next.feed().beginning());
    long offset = next.attach(this);
    job = next;
    send(new ImportFrame.Ready(offset, next.creditFrom(offset)));
  }

  /** Sends what only this connection is told; it carries the last number that was told. */
  void send(ImportFrame.Server frame) {
    send(frame, told.get());
  }

  /** Tells news until the import has ended, or the connection is closed or about another. */
  void pump(ImportJob about) throws InterruptedException {
    while (connection.isOpen() && job == about) {
      ImportFeed.Numbered next = about.feed().next(told.get(), LOOK_AROUND);
      if (next == null) {
        continue;
      }
      if (next.news().isLast()) {
        // Whoever hears it may begin the next import at once.
        job = null;
      }
      send(new ImportFrame.Told(next.news()), next.seq(), about.id());
      told.set(next.seq());
    }
  }

  private void send(ImportFrame.Server frame, long seq) {
    ImportJob about = job;
    send(frame, seq, about == null ? null : about.id());
  }

  private void send(ImportFrame.Server frame, long seq, @Nullable ImportId id) {
    if (connection.isOpen()) {
      connection.sendText(writer.write(frame, id, seq)).await().atMost(LONGEST_SEND);
    }
  }
}
