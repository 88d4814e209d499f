package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.StorableText;
import dev.palimpsest.memory.session.FailureType;
import dev.palimpsest.memory.session.Finish;
import dev.palimpsest.memory.session.Quote;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.Usage;
import dev.palimpsest.runtime.bridge.AnswerFormat;
import dev.palimpsest.runtime.bridge.Answering;
import dev.palimpsest.runtime.bridge.Citation;
import dev.palimpsest.runtime.bridge.Ending;
import dev.palimpsest.runtime.bridge.Grounds;
import dev.palimpsest.runtime.bridge.Manner;
import dev.palimpsest.runtime.bridge.ModelCard;
import dev.palimpsest.runtime.bridge.Prompt;
import dev.palimpsest.runtime.bridge.TextModel;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Performs {@link Step.Generate}: lets the model answer, tells its words as they come, and makes
 * the event of the end. The words are told before anything is committed; that is what makes them
 * deltas and no events.
 */
final class TurnGenerator {
  /** What a model that can only quote would have to quote something for. */
  static final String NOTED = "I will remember that.";

  private final Feeds feeds;
  private final InstantSource clock;
  private final Patience patience;

  TurnGenerator(Feeds feeds, InstantSource clock, Patience patience) {
    this.feeds = feeds;
    this.clock = clock;
    this.patience = patience;
  }

  /**
   * Answers.
   *
   * @return {@link TurnEvent.Answered}, {@link TurnEvent.ToolCalled} or {@link
   *     TurnEvent.TurnFailed}
   */
  TurnEvent generate(
      RunningTurn turn, TextModel model, Shown shown, TurnState state, Instant deadline)
      throws InterruptedException {
    TurnEvent.UserSaid said = state.said();
    Task task = new Task(turn, shown, state, isGrounded(said, model.card()));
    Instant begun = clock.instant();
    int left = task.outputTokensLeft();
    if (left <= 0) {
      return task.usedUp(new Times(state.since(), begun).until(null, clock.instant()));
    }
    if (task.isGrounded() && said.grounded() == null && Asking.isStatement(said.text())) {
      tell(turn, NOTED);
      return task.noted(new Times(state.since(), begun).until(begun, clock.instant()));
    }
    Manner manner =
        new Manner(
            seeded(said), new Ending(left, said.stop()), format(said), turn.told(), shown.agent());
    Duration pause = Patience.FIRST_PAUSE;
    while (true) {
      TextModel.Start start =
          model.answer(
              turn.session().tenant(),
              turn.session().session(),
              task.conversation().compaction(),
              task.conversation().prompt(),
              manner,
              task.grounds());
      switch (start) {
        case TextModel.Start.Begun(Answering answering) -> {
          TurnEvent end = listen(task, answering, new Times(state.since(), begun), deadline);
          if (end instanceof TurnEvent.Answered answered) {
            // Before the event is written: who finds the session erased then deletes this too.
            Prompt next = task.conversation().next(answered.output());
            model.keep(turn.session().tenant(), turn.session().session(), next);
          }
          return end;
        }
        case TextModel.Start.TooLarge(String detail) -> {
          return new TurnEvent.TurnFailed(FailureType.CONTEXT_TOO_LARGE, detail);
        }
        case TextModel.Start.Busy(String detail) -> {
          if (turn.isStopAsked()) {
            return cancelled();
          }
          if (!clock.instant().isBefore(deadline)) {
            return late();
          }
          pause = patience.pause(pause);
        }
      }
    }
  }

  private static @Nullable AnswerFormat format(TurnEvent.UserSaid said) {
    return said.format() == null ? null : AnswerFormat.of(said.format());
  }

  /** Whether an answer is made of quotations alone. */
  static boolean isGrounded(TurnEvent.UserSaid said, ModelCard card) {
    Boolean asked = said.grounded();
    return asked == null ? card.isGrounded() && said.format() == null : asked;
  }

  /**
   * What a turn may call: an answer that is held to a form or to quotations has no place for it.
   */
  static List<Tool> offered(Session session, TextModel model, TurnEvent.UserSaid said) {
    return model.callsTools() && said.format() == null && !isGrounded(said, model.card())
        ? session.tools()
        : List.of();
  }

  private TurnEvent listen(Task task, Answering answering, Times times, Instant deadline)
      throws InterruptedException {
    RunningTurn turn = task.turn();
    CountDownLatch over = new CountDownLatch(1);
    turn.answers(answering);
    Thread.ofVirtual().start(() -> cancelAt(deadline, answering, over));
    try {
      if (turn.isStopAsked() || patience.isStopping()) {
        answering.cancel();
      }
      return hear(task, answering, times);
    } finally {
      over.countDown();
      turn.answers(null);
      answering.cancel();
    }
  }

  private TurnEvent hear(Task task, Answering answering, Times times) throws InterruptedException {
    RunningTurn turn = task.turn();
    Spoken spoken = new Spoken(task.saidBefore(), !task.conversation().tools().isEmpty());
    if (task.state().uses().isEmpty()) {
      turn.forgetTokens();
    }
    Instant first = null;
    while (true) {
      Answering.Piece piece = answering.take();
      String text = StorableText.sanitised(piece.text());
      boolean isTooLong = spoken.length() + text.length() > TurnEvent.TEXT_CHARACTERS_MAX;
      if (!isTooLong) {
        String words = spoken.take(text) + (piece.end() == null ? "" : spoken.rest());
        if (spoken.call() == null) {
          turn.addTokens(piece.tokens());
        }
        first = first == null && !words.isEmpty() ? clock.instant() : first;
        tell(turn, words);
      }
      CallText call = spoken.call();
      CallText over = call != null && call.isOver() ? call : null;
      Answering.End end = isTooLong ? Answering.End.LENGTH : piece.end();
      if (end != null) {
        Took took = times.until(first, clock.instant());
        return over != null && end == Answering.End.CANCELLED && !isToStop(turn)
            ? called(task, over, spoken, answering, took)
            : ended(task, end, spoken, answering, took);
      }
      if (over != null) {
        // Whatever a model that is held to no form goes on with, nobody reads it.
        answering.cancel();
      }
    }
  }

  private void tell(RunningTurn turn, String words) {
    if (!words.isEmpty()) {
      feeds.publish(turn.session(), new TurnNews.Said(turn.turn(), words));
    }
  }

  private TurnEvent ended(
      Task task, Answering.End end, Spoken spoken, Answering answering, Took took) {
    return switch (end) {
      case STOP -> said(task, spoken, Finish.STOP, answering, took);
      case LENGTH -> said(task, spoken, Finish.LENGTH, answering, took);
      case FAILED ->
          answering
              .problem()
              .map(detail -> new TurnEvent.TurnFailed(FailureType.LIMIT, detail))
              .orElseGet(() ->
                  new TurnEvent.TurnFailed(
                      FailureType.MODEL_FAILED, "The model broke off its answer."));
      case CANCELLED -> stopped(task.turn());
    };
  }

  private static TurnEvent said(
      Task task, Spoken spoken, Finish finish, Answering answering, Took took) {
    CallText call = spoken.call();
    return call == null
        ? answered(task, spoken.all(), finish, answering, took)
        : called(task, call, spoken, answering, took);
  }

  private static TurnEvent called(
      Task task, CallText call, Spoken spoken, Answering answering, Took took) {
    List<MemoryId> evidence =
        Stream.concat(
                task.conversation().memories().stream().map(line -> line.memory().id()),
                task.state().found().stream().map(TurnEvent.Recalled.Found::memory))
            .distinct()
            .toList();
    CallReader.Made made =
        new CallReader.Made(
            task.turn().turn(),
            task.state().uses().size() + 1,
            spoken.words(),
            evidence,
            usage(answering.cost(), took));
    return CallReader.read(call.call(), call.isWhole(), task.conversation().tools(), made);
  }

  /** Whether somebody asked the turn, or the whole service, to stop. */
  boolean isToStop(RunningTurn turn) {
    return turn.isStopAsked() || patience.isStopping();
  }

  /** What ends a turn whose work was broken off. */
  TurnEvent stopped(RunningTurn turn) {
    if (turn.isStopAsked()) {
      return cancelled();
    }
    if (patience.isStopping()) {
      throw new LeftOpenException(new TurnOutcome.Stopped());
    }
    return late();
  }

  private static TurnEvent answered(
      Task task, String output, Finish finish, Answering answering, Took took) {
    return new TurnEvent.Answered(
        output,
        finish,
        task.usage(usage(answering.cost(), took)),
        task.isGrounded(),
        task.quotes(answering.citations(), output.length()),
        task.shown().gone(),
        answering.confidence().orElse(null));
  }

  private static Usage usage(Answering.Cost cost, Took took) {
    return new Usage(
        cost.inputTokens(),
        cost.cachedTokens(),
        cost.prefilledTokens(),
        cost.outputTokens(),
        took.firstTokenMillis(),
        took.totalMillis(),
        took.modelMillis());
  }

  private static TurnEvent cancelled() {
    return new TurnEvent.TurnFailed(FailureType.CANCELLED, "The turn was stopped on request.");
  }

  private static TurnEvent late() {
    return new TurnEvent.TurnFailed(FailureType.LIMIT, "The turn's time was over.");
  }

  private void cancelAt(Instant deadline, Answering answering, CountDownLatch over) {
    try {
      long millis = Duration.between(clock.instant(), deadline).toMillis();
      if (!over.await(Math.max(0, millis), TimeUnit.MILLISECONDS)) {
        answering.cancel();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static SamplingOptions seeded(TurnEvent.UserSaid said) {
    return new SamplingOptions(null, null, null, null, said.seed()).orElse(said.sampling());
  }

  /** What is answered from what. */
  private record Task(RunningTurn turn, Shown shown, TurnState state, boolean isGrounded) {
    Conversation conversation() {
      return shown.conversation();
    }

    /** What the user heard before the last call of a tool. */
    String saidBefore() {
      return state.saidBefore();
    }

    /** What may still be said: the limit is of the whole answer, the calls counted. */
    int outputTokensLeft() {
      int used = state.uses().stream().mapToInt(use -> use.called().usage().outputTokens()).sum();
      return state.said().outputTokensMax() - used;
    }

    /** The answer where the calls have left nothing to say it with. */
    TurnEvent usedUp(Took took) {
      Usage none = TurnGenerator.usage(new Answering.Cost(0, 0, 0, 0), took);
      return new TurnEvent.Answered(
          saidBefore(), Finish.LENGTH, usage(none), isGrounded, List.of(), shown.gone());
    }

    /** The answer to what is no question. */
    TurnEvent noted(Took took) {
      Usage none = TurnGenerator.usage(new Answering.Cost(0, 0, 0, 0), took);
      return new TurnEvent.Answered(NOTED, Finish.STOP, none, true, List.of(), shown.gone());
    }

    /** With what the calls of the turn took. */
    Usage usage(Usage last) {
      return state.uses().stream().map(use -> use.called().usage()).reduce(last, Usage::and);
    }

    @Nullable Grounds grounds() {
      List<String> lines = conversation().memories().stream().map(MemoryLine::text).toList();
      return isGrounded ? new Grounds(lines, conversation().input()) : null;
    }

    /** Places in lines as places in memories, for the part of the answer that was kept. */
    List<Quote> quotes(List<Citation> citations, int length) {
      return citations.stream()
          .filter(citation -> citation.start() < citation.end() && citation.end() <= length)
          .map(citation ->
              conversation()
                  .memories()
                  .get(citation.line())
                  .quote(
                      citation.start(), citation.end(), citation.lineStart(), citation.lineEnd()))
          .sorted(Comparator.comparing(Quote::start))
          .toList();
    }
  }

  /** When a turn was accepted or taken up, and when its model was asked. */
  private record Times(Instant accepted, Instant asked) {
    Took until(@Nullable Instant first, Instant end) {
      return new Took(
          between(accepted, first == null ? end : first),
          between(accepted, end),
          between(asked, end));
    }

    /** A clock may be set back. */
    private static long between(Instant from, Instant to) {
      return Math.max(0, Duration.between(from, to).toMillis());
    }
  }

  private record Took(long firstTokenMillis, long totalMillis, long modelMillis) {}
}
