package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Turns of one session over a socket that may break. One thread calls {@link #open}, {@link #turn}
 * and {@link #close}; {@link #interrupt} may come from any thread. All state belongs to the calling
 * thread, everything else reaches it as an event.
 *
 * <p>A lost connection is sought again with growing pauses and continued after the last frame seen.
 * If the service was started anew in between, the running turn is asked for again under the same
 * client turn id, which the service answers with the same turn.
 */
final class Conversation implements AutoCloseable {
  static final int EVENTS_MAX = 1024;
  static final Duration SILENCE_BEFORE_PING = Duration.ofSeconds(15);

  private static final int UNAVAILABLE = 503;
  private static final Problem TOO_LARGE =
      new Problem(
          "about:blank",
          "A frame was too large",
          413,
          "The connection ended because a text was longer than a frame may be.",
          List.of());

  private final Service service;
  private final String session;
  private final Surroundings surroundings;
  private final Duration silence;
  private final BlockingQueue<SocketEvent> events = new ArrayBlockingQueue<>(EVENTS_MAX);
  private final SocketDialer dialer;
  private final Position position = new Position();

  private @Nullable SocketLink link;
  private int connections;
  private int failures;
  private boolean pinged;
  private boolean lossTold;
  private boolean malformedTold;

  Conversation(Service service, String session, Surroundings surroundings) {
    this(service, session, surroundings, SILENCE_BEFORE_PING);
  }

  Conversation(Service service, String session, Surroundings surroundings, Duration silence) {
    this.service = service;
    this.session = session;
    this.surroundings = surroundings;
    this.silence = silence;
    String path = "/v1/sessions/" + ServiceAddress.encode(session) + "/socket";
    this.dialer = new SocketDialer(service, path, events);
  }

  /**
   * Connects and waits for the greeting.
   *
   * @throws CliException when that does not come about; nothing is tried twice here
   */
  void open() {
    link =
        switch (dialer.dial(++connections, position.query())) {
          case SocketDialer.Dialled.Connected connected -> connected.link();
          case SocketDialer.Dialled.Turned turned -> throw turnedAway(turned.status());
          case SocketDialer.Dialled.Unreachable unreachable ->
              throw Service.unreachable(service.address(), unreachable.reason());
        };
    SocketEvent first = await(silence);
    if (first instanceof SocketEvent.Message message
        && ServerFrame.read(message.text()) instanceof ServerFrame.Ready ready) {
      position.greeted(ready);
      return;
    }
    close();
    throw CliException.couldNotRun(
        "The server at " + service.address().base() + " opened a socket but did not greet on it.");
  }

  /**
   * Asks for one turn and stays with it to its end.
   *
   * @param request the turn's body as in REST; it gets a new client turn id
   * @throws CliException when the service is lost for good
   */
  TurnOutcome turn(ObjectNode request, TurnObserver observer) {
    RunningTurn turn = new RunningTurn(surroundings.ids().get(), request, observer);
    failures = 0;
    lossTold = false;
    malformedTold = false;
    catchUp();
    if (link == null || !link.send(turn.createFrame())) {
      lose();
    }
    Optional<TurnOutcome> outcome = Optional.empty();
    while (outcome.isEmpty()) {
      outcome = link == null ? reconnect(turn) : handle(await(silence), turn);
    }
    return outcome.get();
  }

  /** Asks for the running answer to stop; a second time, not to wait for it any longer. */
  void interrupt() {
    // A full queue means a reader who is far behind; the key will be pressed again.
    boolean ignored = events.offer(new SocketEvent.Interrupt());
  }

  @Override
  public void close() {
    if (link != null) {
      link.close();
      link = null;
    }
  }

  /** Takes note of what happened while nobody asked anything. */
  private void catchUp() {
    SocketEvent event = events.poll();
    while (event != null) {
      switch (event) {
        case SocketEvent.Message message -> {
          if (isCurrent(message.connection())
              && ServerFrame.read(message.text()) instanceof ServerFrame.Counted counted) {
            Position.Order ignored = position.advance(counted.seq());
          }
        }
        case SocketEvent.Closed closed -> {
          if (isCurrent(closed.connection())) {
            lose();
          }
        }
        case SocketEvent.Interrupt _, SocketEvent.Pong _ -> {}
      }
      event = events.poll();
    }
  }

  private Optional<TurnOutcome> handle(@Nullable SocketEvent event, RunningTurn turn) {
    return switch (event) {
      case null -> {
        checkAlive();
        yield Optional.empty();
      }
      case SocketEvent.Message message -> {
        pinged = false;
        yield isCurrent(message.connection())
            ? handle(ServerFrame.read(message.text()), turn)
            : Optional.empty();
      }
      case SocketEvent.Closed closed ->
          isCurrent(closed.connection()) ? closed(closed) : Optional.empty();
      case SocketEvent.Interrupt _ -> interrupted(turn);
      case SocketEvent.Pong _ -> Optional.empty();
    };
  }

  private Optional<TurnOutcome> closed(SocketEvent.Closed closed) {
    lose();
    return closed.tooLarge() ? Optional.of(new TurnOutcome.Refused(TOO_LARGE)) : Optional.empty();
  }

  private Optional<TurnOutcome> handle(ServerFrame frame, RunningTurn turn) {
    if (frame instanceof ServerFrame.Counted counted && !count(counted)) {
      return Optional.empty();
    }
    return switch (frame) {
      case ServerFrame.Ready ready -> {
        resume(ready, turn);
        yield Optional.empty();
      }
      case ServerFrame.Accepted accepted -> {
        accepted(accepted, turn);
        yield Optional.empty();
      }
      case ServerFrame.Delta delta -> {
        if (turn.owns(delta.turn(), "")) {
          turn.delta(delta.text());
        }
        yield Optional.empty();
      }
      case ServerFrame.Done done ->
          turn.owns(done.turn(), done.clientTurnId())
              ? Optional.of(done(done, turn))
              : Optional.empty();
      case ServerFrame.Failed failed ->
          turn.owns(failed.turn(), failed.clientTurnId()) ? failed(failed, turn) : Optional.empty();
      case ServerFrame.Refused refused -> refused(refused, turn);
      case ServerFrame.Malformed malformed -> {
        tellMalformed(malformed, turn);
        yield Optional.empty();
      }
      case ServerFrame.Pong _ -> Optional.empty();
      case ServerFrame.Other _ -> Optional.empty();
    };
  }

  /** Notes the frame; false when it is older than what was seen. Only news count as progress. */
  private boolean count(ServerFrame.Counted frame) {
    Position.Order order = position.advance(frame.seq());
    if (order == Position.Order.NEW) {
      failures = 0;
    }
    return order != Position.Order.OLD;
  }

  private void accepted(ServerFrame.Accepted accepted, RunningTurn turn) {
    turn.accept(accepted);
    if (turn.owns(accepted.turn(), accepted.clientTurnId())) {
      turn.observer().accepted();
      if (turn.wantsCancel()) {
        send(turn.cancelFrame());
      }
    }
  }

  private TurnOutcome done(ServerFrame.Done done, RunningTurn turn) {
    if (done.status().equals("cancelled")) {
      return new TurnOutcome.Cancelled();
    }
    if (done.output().isPresent()) {
      turn.whole(done.output().get());
    } else if (turn.isRepeated()) {
      fetchStored(turn);
    }
    return new TurnOutcome.Done(done.usage(), done.result());
  }

  /** The protocol gives the stored result to whoever repeats a client turn id. */
  private void fetchStored(RunningTurn turn) {
    String path = "/v1/sessions/" + ServiceAddress.encode(session) + "/turns";
    try {
      JsonNode result = service.post(path, turn.request());
      turn.whole(result.path("output").asText(""));
    } catch (CliException e) {
      turn.observer().notice("the answer may be incomplete: " + e.lines().getFirst());
    }
  }

  private static Optional<TurnOutcome> failed(ServerFrame.Failed failed, RunningTurn turn) {
    Problem problem = failed.problem();
    if (failed.status().equals("cancelled") || problem.is("cancelled")) {
      return Optional.of(new TurnOutcome.Cancelled());
    }
    boolean history = turn.waitsForAcceptance() && problem.is("interrupted");
    // What the restart did to the turn comes before the answer to our asking for it again.
    return history ? Optional.empty() : Optional.of(new TurnOutcome.Failed(problem));
  }

  private Optional<TurnOutcome> refused(ServerFrame.Refused refused, RunningTurn turn) {
    Problem problem = refused.problem();
    boolean passes = turn.isAccepted() && problem.status() == UNAVAILABLE;
    if (turn.waitsForAcceptance() && passes) {
      // The turn is safe; whoever cannot say so yet will be able to later.
      lose();
      return Optional.empty();
    }
    if (turn.waitsForAcceptance()) {
      return Optional.of(new TurnOutcome.Refused(problem));
    }
    if (!passes && turn.owns(refused.inReplyTo(), refused.inReplyTo())) {
      return Optional.of(new TurnOutcome.Failed(problem));
    }
    turn.observer().notice("the service said: " + String.join(" ", problem.lines()));
    return Optional.empty();
  }

  private void tellMalformed(ServerFrame.Malformed malformed, RunningTurn turn) {
    if (!malformedTold) {
      turn.observer().notice("ignored a frame that is not of the protocol: " + malformed.reason());
      malformedTold = true;
    }
  }

  private Optional<TurnOutcome> interrupted(RunningTurn turn) {
    if (turn.wantsCancel()) {
      return Optional.of(new TurnOutcome.Left());
    }
    turn.wantCancel();
    if (turn.isAccepted()) {
      send(turn.cancelFrame());
    }
    return Optional.empty();
  }

  private void resume(ServerFrame.Ready ready, RunningTurn turn) {
    boolean restarted = position.greeted(ready);
    if (restarted || !ready.isComplete()) {
      turn.askAgain();
    }
    if (restarted) {
      turn.observer().notice("the service was started anew; asked it for this answer again");
    } else {
      turn.observer().notice("the connection was lost and is back; the answer goes on");
    }
    lossTold = false;
    if (turn.waitsForAcceptance()) {
      send(turn.createFrame());
    } else if (turn.wantsCancel()) {
      send(turn.cancelFrame());
    }
  }

  /** One attempt after its pause; an outcome only when the person does not want to wait. */
  private Optional<TurnOutcome> reconnect(RunningTurn turn) {
    Optional<Duration> pause = surroundings.backoff().before(failures);
    if (pause.isEmpty()) {
      throw Service.unreachable(service.address(), "the connection was lost and did not come back");
    }
    if (failures > 0 && !lossTold) {
      turn.observer().notice("the connection was lost; trying again (Ctrl-C twice: stop waiting)");
      lossTold = true;
    }
    failures++;
    Optional<TurnOutcome> left = pause(pause.get(), turn);
    if (left.isEmpty()) {
      dialAgain();
    }
    return left;
  }

  private void dialAgain() {
    switch (dialer.dial(++connections, position.query())) {
      case SocketDialer.Dialled.Connected connected -> link = connected.link();
      case SocketDialer.Dialled.Turned turned -> {
        if (turned.status() / 100 == 4) {
          throw turnedAway(turned.status());
        }
      }
      case SocketDialer.Dialled.Unreachable _ -> {}
    }
  }

  /** Waits while listening for Ctrl-C; what dead connections still say is dropped. */
  private Optional<TurnOutcome> pause(Duration pause, RunningTurn turn) {
    long end = surroundings.gauges().nanoTime().getAsLong() + pause.toNanos();
    long left = pause.toNanos();
    while (left > 0) {
      if (await(Duration.ofNanos(left)) instanceof SocketEvent.Interrupt) {
        Optional<TurnOutcome> outcome = interrupted(turn);
        if (outcome.isPresent()) {
          return outcome;
        }
      }
      left = end - surroundings.gauges().nanoTime().getAsLong();
    }
    return Optional.empty();
  }

  /** After a silence: asks whether the connection lives; after a second one it does not. */
  private void checkAlive() {
    if (pinged) {
      lose();
    } else {
      pinged = true;
      send(Json.object().put("type", "ping").toString());
    }
  }

  private void send(String frame) {
    if (link != null && !link.send(frame)) {
      lose();
    }
  }

  private void lose() {
    pinged = false;
    if (link != null) {
      link.abort();
      link = null;
    }
  }

  private boolean isCurrent(int connection) {
    return link != null && link.number() == connection;
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
          CliException.REJECTED,
          List.of("There is no session " + session + " at " + service.address().base() + "."));
    }
    return CliException.couldNotRun(
        "The server at " + service.address().base() + " refused the socket (" + status + ").");
  }
}
