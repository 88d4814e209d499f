package dev.palimpsest.cli;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends one file over the import socket and stays until it is imported. All state belongs to the
 * calling thread; what the connection says reaches it as an event.
 *
 * <p>A lost connection is sought again with growing pauses; the import then goes on with the first
 * byte that the service does not have, also after the service was started anew. No more bytes are
 * on their way than the service gave credit for.
 */
final class ImportClient {
  static final String PATH = "/v1/imports/socket";
  static final int CHUNK_BYTES = 64 << 10;
  static final Duration SILENCE_BEFORE_PING = Duration.ofSeconds(15);

  private static final int EVENTS_MAX = 1024;
  private static final int SERVER_TROUBLE = 500;
  private static final int BUSY = 429;
  private static final int CONFLICT = 409;

  private final Service service;
  private final Surroundings surroundings;
  private final ImportOrder order;
  private final ImportFile file;
  private final ImportObserver observer;
  private final BlockingQueue<SocketEvent> events = new ArrayBlockingQueue<>(EVENTS_MAX);
  private final SocketDialer dialer;
  private final ImportWindow window;

  private Optional<String> importId = Optional.empty();
  private Optional<String> sum = Optional.empty();
  private @Nullable SocketLink link;
  private boolean ready;
  private boolean finished;
  private boolean pinged;
  private boolean lossTold;
  private boolean malformedTold;
  private int connections;
  private int failures;

  private ImportClient(
      Service service,
      Surroundings surroundings,
      ImportOrder order,
      ImportFile file,
      ImportObserver observer) {
    this.service = service;
    this.surroundings = surroundings;
    this.order = order;
    this.file = file;
    this.observer = observer;
    this.dialer = new SocketDialer(service, PATH, events);
    this.window = new ImportWindow(file.size());
  }

  /**
   * Imports one file.
   *
   * @throws CliException when the file cannot be read, nothing answers, or the service is lost for
   *     good; what was committed by then stays
   */
  static ImportOutcome run(
      Service service, Surroundings surroundings, ImportOrder order, ImportObserver observer) {
    try (ImportFile file = ImportFile.open(order.file())) {
      return new ImportClient(service, surroundings, order, file, observer).run();
    }
  }

  private ImportOutcome run() {
    begin();
    Optional<ImportOutcome> outcome = Optional.empty();
    while (outcome.isEmpty()) {
      outcome = link == null ? reconnect() : step();
    }
    close();
    return outcome.get();
  }

  /** The first connection is tried once: a service that is not there is not waited for. */
  private void begin() {
    switch (dialer.dial(++connections, "")) {
      case SocketDialer.Dialled.Connected connected -> connected(connected.link());
      case SocketDialer.Dialled.Turned turned -> throw turnedAway(turned.status());
      case SocketDialer.Dialled.Unreachable unreachable ->
          throw Service.unreachable(service.address(), unreachable.reason());
    }
  }

  private void connected(SocketLink fresh) {
    link = fresh;
    ready = false;
    finished = false;
    pinged = false;
    send(order.startFrame(importId, file.size()));
  }

  /** Sends what may be sent, then takes what has come; waits only where there is nothing to do. */
  private Optional<ImportOutcome> step() {
    if (ready && window.mayBeSent() > 0) {
      sendBytes();
      return handle(events.poll());
    }
    if (ready && window.isAllSent() && !finished) {
      sendFinish();
    }
    SocketEvent event = await(SILENCE_BEFORE_PING);
    if (event == null) {
      checkAlive();
    }
    return handle(event);
  }

  private void sendBytes() {
    int bytes = (int) Math.min(CHUNK_BYTES, window.mayBeSent());
    SocketLink current = link;
    if (current == null || !current.send(file.read(window.sent(), bytes))) {
      lose();
    } else {
      window.add(bytes);
    }
  }

  private void sendFinish() {
    String sha256 = sum.orElseGet(file::sha256);
    sum = Optional.of(sha256);
    finished = true;
    send(Json.object().put("type", "import.finish").put("sha256", sha256).toString());
  }

  private Optional<ImportOutcome> handle(@Nullable SocketEvent event) {
    return switch (event) {
      case null -> Optional.empty();
      case SocketEvent.Message message when isCurrent(message.connection()) -> {
        pinged = false;
        yield handle(ImportFrame.read(message.text()));
      }
      case SocketEvent.Closed closed when isCurrent(closed.connection()) -> {
        lose();
        yield Optional.empty();
      }
      case SocketEvent.Pong pong when isCurrent(pong.connection()) -> {
        pinged = false;
        yield Optional.empty();
      }
      case SocketEvent _ -> Optional.empty();
    };
  }

  private Optional<ImportOutcome> handle(ImportFrame frame) {
    return switch (frame) {
      case ImportFrame.Ready begun -> {
        ready(begun);
        yield Optional.empty();
      }
      case ImportFrame.Ack ack -> {
        acknowledged(ack);
        yield committed(ack.offset() >= file.size());
      }
      case ImportFrame.Progress progress -> {
        failures = 0;
        observer.indexing(progress.stage(), progress.done(), progress.total());
        yield Optional.empty();
      }
      case ImportFrame.Rejected rejected -> {
        observer.rejected(rejected);
        yield Optional.empty();
      }
      case ImportFrame.Done done -> Optional.of(new ImportOutcome.Done(done.report()));
      case ImportFrame.Failed failed -> Optional.of(new ImportOutcome.Failed(failed.problem()));
      case ImportFrame.Refused refused -> refused(refused);
      case ImportFrame.Malformed malformed -> {
        tellMalformed(malformed);
        yield Optional.empty();
      }
      case ImportFrame.Other _ -> Optional.empty();
    };
  }

  private void ready(ImportFrame.Ready begun) {
    if (lossTold) {
      observer.notice("the connection is back; the import goes on");
      lossTold = false;
    }
    importId = Optional.of(begun.importId());
    window.resume(begun.resumeOffset(), begun.creditBytes());
    ready = true;
  }

  private void acknowledged(ImportFrame.Ack ack) {
    if (window.acknowledge(ack.offset(), ack.creditBytes())) {
      failures = 0;
    }
    observer.committed(ack.offset(), file.size(), ack.tally());
  }

  private Optional<ImportOutcome> committed(boolean all) {
    return all && finished && !order.manner().waits() && importId.isPresent()
        ? Optional.of(new ImportOutcome.Committed(importId.get()))
        : Optional.empty();
  }

  /**
   * Trouble on the service's side passes, and bytes that were not taken are sent again; what the
   * service does not want will not be wanted.
   */
  private Optional<ImportOutcome> refused(ImportFrame.Refused refused) {
    Problem problem = refused.problem();
    boolean passes =
        problem.status() >= SERVER_TROUBLE
            || problem.status() == BUSY
            || refused.inReplyTo().equals("binary");
    if (passes) {
      observer.notice("the service said: " + String.join(" ", problem.lines()));
      lose();
      return Optional.empty();
    }
    if (refused.inReplyTo().equals("import.finish") && problem.status() == CONFLICT) {
      // The end was announced before the cut, and the service went on; it tells the outcome.
      return Optional.empty();
    }
    return Optional.of(
        ready ? new ImportOutcome.Failed(problem) : new ImportOutcome.Refused(problem));
  }

  private void tellMalformed(ImportFrame.Malformed malformed) {
    if (!malformedTold) {
      observer.notice("ignored a frame that is not of the protocol: " + malformed.reason());
      malformedTold = true;
    }
  }

  /** One attempt after its pause. */
  private Optional<ImportOutcome> reconnect() {
    Optional<Duration> pause = surroundings.backoff().before(failures);
    if (pause.isEmpty()) {
      throw CliException.couldNotRun(
          "The service at "
              + service.address().base()
              + " was lost and did not come back. What was committed stays; import the same file"
              + " again to go on, nothing is stored twice.");
    }
    if (!lossTold) {
      observer.notice("the connection was lost; trying again");
      lossTold = true;
    }
    failures++;
    pause(pause.get());
    switch (dialer.dial(++connections, "")) {
      case SocketDialer.Dialled.Connected connected -> connected(connected.link());
      case SocketDialer.Dialled.Turned turned -> {
        if (turned.status() / 100 == 4 && turned.status() != BUSY) {
          throw turnedAway(turned.status());
        }
      }
      case SocketDialer.Dialled.Unreachable _ -> {}
    }
    return Optional.empty();
  }

  /** What dead connections still say is dropped meanwhile. */
  private void pause(Duration pause) {
    long end = surroundings.gauges().nanoTime().getAsLong() + pause.toNanos();
    long left = pause.toNanos();
    while (left > 0) {
      SocketEvent ignored = await(Duration.ofNanos(left));
      left = end - surroundings.gauges().nanoTime().getAsLong();
    }
  }

  /** After a silence: asks whether the connection lives; after a second one it does not. */
  private void checkAlive() {
    SocketLink current = link;
    if (pinged || current == null || !current.ping()) {
      lose();
    } else {
      pinged = true;
    }
  }

  private void send(String frame) {
    SocketLink current = link;
    if (current == null || !current.send(frame)) {
      lose();
    }
  }

  private void lose() {
    SocketLink current = link;
    if (current != null) {
      current.abort();
      link = null;
    }
  }

  private void close() {
    SocketLink current = link;
    if (current != null) {
      current.close();
      link = null;
    }
  }

  private boolean isCurrent(int connection) {
    SocketLink current = link;
    return current != null && current.number() == connection;
  }

  private @Nullable SocketEvent await(Duration longest) {
    try {
      return events.poll(longest.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliException.couldNotRun("Interrupted.");
    }
  }

  private CliException turnedAway(int status) {
    if (status == 401) {
      return Service.unauthorised(service.address());
    }
    if (status == 404) {
      return new CliException(
          CliException.COULD_NOT_RUN,
          List.of("The server at " + service.address().base() + " takes no imports (404)."));
    }
    return CliException.couldNotRun(
        "The server at " + service.address().base() + " refused the socket (" + status + ").");
  }
}
