package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.FailureType;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.NewEvent;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.runtime.bridge.ModelException;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.TextModel;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Works on one turn: performs what {@link TurnMachine} decides, appends the event, and tells the
 * news once the event is committed; until the turn has ended or waits for its client. Called on the
 * turn's own thread.
 */
final class TurnLoop {
  private final ModelSlot models;
  private final TurnLimits limits;
  private final InstantSource clock;
  private final TurnLog log;
  private final TurnSteps steps;
  private final TurnTeller teller;

  TurnLoop(
      ModelSlot models,
      TurnLimits limits,
      InstantSource clock,
      TurnLog log,
      TurnSteps steps,
      TurnTeller teller) {
    this.models = models;
    this.limits = limits;
    this.clock = clock;
    this.log = log;
    this.steps = steps;
    this.teller = teller;
  }

  /**
   * Decide, perform, append.
   *
   * @param isTold whether those who watch have heard all of it so far
   */
  TurnOutcome work(RunningTurn turn, TurnState begun, boolean isTold) throws InterruptedException {
    Instant deadline = begun.since().plus(limits.wallTime());
    SessionKey key = turn.session();
    TurnState state = begun;
    Session session = log.session(key, deadline);
    Optional<TextModel> model = models.find(session.model());
    TurnMachine machine = new TurnMachine(limits, model.map(TextModel::fingerprint));
    long last = session.lastEvent();
    if (!log.lease(key, deadline)) {
      return new TurnOutcome.Elsewhere();
    }
    if (!isTold) {
      teller.past(turn, state, deadline);
    }
    TurnEvent unwritten = null;
    while (true) {
      TurnState now = turn.isStopAsked() ? state.stopping() : state;
      Step step = machine.next(now, clock.instant());
      if (step instanceof Step.Done) {
        log.release(key);
        return new TurnOutcome.Ended(steps.result(key, state, deadline));
      }
      if (step instanceof Step.Wait) {
        log.release(key);
        return new TurnOutcome.Waiting(steps.waiting(key, state, deadline));
      }
      TurnEvent event =
          unwritten == null ? perform(new Work(turn, model, deadline), now, step) : unwritten;
      NewEvent next =
          new NewEvent(
              turn.turn(),
              last + 1,
              event,
              steps.remembered(key, state, event, last + 1, deadline));
      switch (log.append(key, next, deadline)) {
        case TurnLog.Written.Event(LoggedEvent written) -> {
          last = written.number();
          unwritten = null;
          state = state.after(written);
          if (!machine.isTooMany(state)) {
            teller.event(turn, state, event, deadline);
          }
        }
        case TurnLog.Written.ReadAgain(long newest) -> {
          long beside = log.besideTurns(key, last, deadline);
          boolean isBeside = beside > last;
          // Where the window changed and nothing else, what was done is not done again.
          unwritten = isBeside ? event : null;
          state = isBeside ? state : readAgain(turn, begun, newest != last, deadline);
          last = isBeside ? beside : newest;
        }
      }
    }
  }

  /**
   * The turn as the log tells it.
   *
   * @param isNews whether something was written that was not known
   */
  private TurnState readAgain(RunningTurn turn, TurnState begun, boolean isNews, Instant deadline)
      throws InterruptedException {
    TurnState read = TurnMachine.fold(log.turn(turn.session(), turn.turn(), deadline));
    boolean isStillToRunAgain = begun.isAgain() && read.mayRunAgain() && isNews;
    return isStillToRunAgain ? read.again(begun.since()) : read.takenUp(begun.since());
  }

  private TurnEvent perform(Work work, TurnState state, Step step) throws InterruptedException {
    RunningTurn turn = work.turn;
    Instant deadline = work.deadline;
    try {
      return switch (step) {
        case Step.Recall recall -> recall(work, state);
        case Step.Plan plan -> steps.plan(turn.session(), work.model(), state, deadline);
        case Step.Generate(TurnEvent.Planned planned) ->
            steps.generate(turn, work.model(), state, planned, deadline);
        case Step.CallTool(TurnEvent.ToolCalled called) -> callTool(work, state, called);
        case Step.Fail(FailureType type, String detail) -> new TurnEvent.TurnFailed(type, detail);
        case Step.Wait wait -> throw new IllegalStateException("nobody is waited for here");
        case Step.Done done -> throw new IllegalStateException("nothing is left to perform");
      };
    } catch (LeftOpenException e) {
      throw e;
    } catch (ModelException e) {
      return new TurnEvent.TurnFailed(FailureType.MODEL_FAILED, detail(e));
    } catch (RuntimeException e) {
      teller.failed(turn, e);
      return new TurnEvent.TurnFailed(
          FailureType.MODEL_FAILED, "Something is wrong in the service; its log says what.");
    }
  }

  private TurnEvent recall(Work work, TurnState state) throws InterruptedException {
    return orElse(
        work.turn,
        ModelException.class::isInstance,
        () -> steps.recall(work.turn.session(), work.model(), state, work.deadline),
        () -> steps.nothing(state));
  }

  private TurnEvent callTool(Work work, TurnState state, TurnEvent.ToolCalled called)
      throws InterruptedException {
    TurnEvent came =
        orElse(
            work.turn,
            broken -> false,
            () -> steps.callTool(work.turn, state, called, work.deadline),
            () -> ToolMessages.broken(called));
    return came instanceof TurnEvent.ToolAnswered answered
        ? fitting(work.turn, work.model(), state, answered, work.deadline)
        : came;
  }

  /**
   * What a tool said is not lost because it cannot be measured; then nothing of it is read but how
   * long it was.
   */
  TurnEvent.ToolAnswered fitting(
      RunningTurn turn,
      TextModel model,
      TurnState state,
      TurnEvent.ToolAnswered answered,
      Instant deadline)
      throws InterruptedException {
    return orElse(
        turn,
        broken -> false,
        () -> steps.fitting(turn.session(), model, state, answered, deadline),
        () -> ToolMessages.untold(answered));
  }

  /**
   * What breaks is told to whoever looks after the service; the turn goes on with another event.
   *
   * @param isPassedOn what ends the turn all the same
   */
  private <E extends TurnEvent> E orElse(
      RunningTurn turn, Predicate<RuntimeException> isPassedOn, Part<E> part, Supplier<E> other)
      throws InterruptedException {
    try {
      return part.perform();
    } catch (RuntimeException e) {
      if (e instanceof LeftOpenException || isPassedOn.test(e)) {
        throw e;
      }
      teller.failed(turn, e);
      return other.get();
    }
  }

  /** Part of a turn that the turn can do without. */
  private interface Part<E> {
    E perform() throws InterruptedException;
  }

  /**
   * A turn that is worked on.
   *
   * @param found its session's model, empty where that is not loaded
   */
  private record Work(RunningTurn turn, Optional<TextModel> found, Instant deadline) {
    TextModel model() {
      return found.orElseThrow(
          () -> new IllegalStateException("the machine asks only for what there is"));
    }
  }

  private static String detail(ModelException e) {
    String text = String.valueOf(e.getMessage());
    return text.substring(0, Math.min(text.length(), TurnEvent.TurnFailed.DETAIL_CHARACTERS_MAX));
  }
}
