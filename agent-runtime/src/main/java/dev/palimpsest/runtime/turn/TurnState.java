package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.FailureType;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.WindowChange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * All that the events of one turn say about it.
 *
 * @param opened the event with which it began
 * @param said what that event says
 * @param since from when its time counts: when it was accepted, opened again or taken up
 * @param recalled what is remembered, once looked up
 * @param planned what enters the window, once decided
 * @param uses tools that were called since it was planned, in order; the last may be unanswered
 * @param isUnsure whether what came of an unanswered call cannot be known: it was committed before
 *     this process worked on the turn
 * @param ended the event with which it ended, once it has
 * @param steps events since it was opened or opened again
 * @param isStopping whether somebody asked to stop it
 * @param isAgain whether it was interrupted, is to run again, and no event says so yet
 */
public record TurnState(
    LoggedEvent opened,
    TurnEvent.UserSaid said,
    Instant since,
    TurnEvent.@Nullable Recalled recalled,
    TurnEvent.@Nullable Planned planned,
    List<ToolUse> uses,
    boolean isUnsure,
    @Nullable LoggedEvent ended,
    int steps,
    boolean isStopping,
    boolean isAgain) {
  /** Copies the list. */
  public TurnState {
    uses = List.copyOf(uses);
  }

  /** The state after a turn's first event. */
  static TurnState opened(LoggedEvent first) {
    if (!(first.event() instanceof TurnEvent.UserSaid said)) {
      throw new IllegalArgumentException("a turn begins with what the user said");
    }
    return new TurnState(
        first, said, first.at(), null, null, List.of(), false, null, 1, false, false);
  }

  /** The state after one more event. */
  TurnState after(LoggedEvent next) {
    if (!next.turn().equals(opened.turn())) {
      throw new IllegalArgumentException("event " + next.number() + " is of another turn");
    }
    return switch (next.event()) {
      case TurnEvent.UserSaid again ->
          throw new IllegalArgumentException("event " + next.number() + " opens the turn again");
      case TurnEvent.Recalled recall -> afterRecall(recall, next);
      case TurnEvent.Planned plan -> afterPlan(plan, next.at());
      case TurnEvent.ToolCalled called -> afterCall(called, next);
      case TurnEvent.ToolAnswered answered -> afterAnswer(answered, next);
      case TurnEvent.Answered answered -> afterEnd(next);
      case TurnEvent.TurnFailed failed -> afterEnd(next);
      case WindowChange change ->
          throw new IllegalArgumentException("event " + next.number() + " is of no turn");
    };
  }

  /**
   * The same, with its time counting from now on: it lay still while nobody ran it. Of a call that
   * is not answered nobody knows what came.
   */
  TurnState takenUp(Instant now) {
    return new TurnState(
        opened,
        said,
        now.isAfter(since) ? now : since,
        recalled,
        planned,
        uses,
        pending().isPresent(),
        ended,
        steps,
        isStopping,
        isAgain);
  }

  /**
   * The same, to be run once more after it was interrupted: planned anew, with the memories that it
   * had.
   *
   * @throws IllegalStateException unless it {@link #mayRunAgain}
   */
  TurnState again(Instant now) {
    if (!mayRunAgain()) {
      throw new IllegalStateException("the turn does not run again");
    }
    return new TurnState(opened, said, now, recalled, null, List.of(), false, null, 1, false, true);
  }

  /** The same, asked to stop. */
  TurnState stopping() {
    return new TurnState(
        opened, said, since, recalled, planned, uses, isUnsure, ended, steps, true, isAgain);
  }

  /** The memories that tools found. */
  List<TurnEvent.Recalled.Found> found() {
    return uses.stream()
        .map(ToolUse::answered)
        .filter(Objects::nonNull)
        .flatMap(answered -> answered.found().stream())
        .toList();
  }

  /**
   * What was decided to enter the window.
   *
   * @throws IllegalStateException before it was
   */
  TurnEvent.Planned plan() {
    if (planned == null) {
      throw new IllegalStateException("the turn is not planned yet");
    }
    return planned;
  }

  /** The call that is not answered yet. */
  Optional<TurnEvent.ToolCalled> pending() {
    return unanswered().map(ToolUse::called);
  }

  /** The call that the client has to answer before anything else happens. */
  Optional<ToolUse> awaited() {
    return ended == null
        ? unanswered().filter(use -> use.called().isForClient())
        : Optional.empty();
  }

  /** The newest call of this name, if there is one. */
  Optional<ToolUse> use(String call) {
    return uses.stream()
        .filter(use -> use.called().call().equals(call))
        .reduce((first, next) -> next);
  }

  /** The calls up to the newest of this name. */
  List<ToolUse> usesUntil(String call) {
    return use(call).map(use -> uses.subList(0, uses.indexOf(use) + 1)).orElse(List.of());
  }

  /** What was said to the user before the last call. */
  String saidBefore() {
    return uses.stream().map(use -> use.called().said()).reduce("", Spoken::joined);
  }

  private Optional<ToolUse> unanswered() {
    return uses.isEmpty() || uses.getLast().answered() != null
        ? Optional.empty()
        : Optional.of(uses.getLast());
  }

  /**
   * Whether it was interrupted, and running again calls no tool twice that must not be. What a call
   * did outside is done, whether or not its answer came back.
   */
  boolean mayRunAgain() {
    return isInterrupted() && uses.stream().map(ToolUse::called).noneMatch(ToolUse::isOnceOnly);
  }

  /** Whether it ended in the one way after which it can be opened again. */
  public boolean isInterrupted() {
    return ended != null
        && ended.event() instanceof TurnEvent.TurnFailed failed
        && failed.type() == FailureType.INTERRUPTED;
  }

  private TurnState afterRecall(TurnEvent.Recalled recall, LoggedEvent next) {
    if (recalled != null || (ended == null && planned != null)) {
      throw new IllegalArgumentException("event " + next.number() + " recalls once more");
    }
    requireOpenOrInterrupted("a recall");
    return ended == null ? onward(recall, null) : reopened(recall, null, next.at());
  }

  private TurnState afterPlan(TurnEvent.Planned plan, Instant at) {
    requireOpenOrInterrupted("a plan");
    return ended == null ? onward(recalled, plan) : reopened(recalled, plan, at);
  }

  private TurnState afterCall(TurnEvent.ToolCalled called, LoggedEvent next) {
    if (ended != null || planned == null || pending().isPresent()) {
      throw new IllegalArgumentException("event " + next.number() + " calls a tool out of turn");
    }
    List<ToolUse> more = new ArrayList<>(uses);
    more.add(ToolUse.of(called, next));
    return using(more);
  }

  private TurnState afterAnswer(TurnEvent.ToolAnswered answered, LoggedEvent next) {
    ToolUse use = unanswered().orElse(null);
    if (ended != null || use == null || !use.called().call().equals(answered.call())) {
      throw new IllegalArgumentException("event " + next.number() + " answers no call");
    }
    List<ToolUse> known = new ArrayList<>(uses);
    known.set(known.size() - 1, use.with(answered));
    return using(known);
  }

  private TurnState afterEnd(LoggedEvent end) {
    if (ended != null) {
      throw new IllegalArgumentException("event " + end.number() + " ends the turn once more");
    }
    return new TurnState(
        opened, said, since, recalled, planned, uses, isUnsure, end, steps + 1, isStopping, false);
  }

  private void requireOpenOrInterrupted(String what) {
    if (ended != null && !isInterrupted()) {
      throw new IllegalArgumentException(what + " follows the end of a turn");
    }
  }

  private TurnState onward(TurnEvent.@Nullable Recalled recall, TurnEvent.@Nullable Planned plan) {
    return new TurnState(
        opened, said, since, recall, plan, List.of(), false, null, steps + 1, isStopping, false);
  }

  private TurnState using(List<ToolUse> known) {
    return new TurnState(
        opened, said, since, recalled, planned, known, false, null, steps + 1, isStopping, false);
  }

  /** After it was interrupted: its time and its steps count anew. */
  private TurnState reopened(
      TurnEvent.@Nullable Recalled recall, TurnEvent.@Nullable Planned plan, Instant at) {
    return new TurnState(
        opened, said, at, recall, plan, List.of(), false, null, 2, isStopping, false);
  }
}
