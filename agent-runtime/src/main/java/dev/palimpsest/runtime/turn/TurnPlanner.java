package dev.palimpsest.runtime.turn;

import dev.palimpsest.compress.plan.ContextPlan;
import dev.palimpsest.compress.plan.ContextPlanner;
import dev.palimpsest.compress.plan.Planning;
import dev.palimpsest.compress.plan.Segment;
import dev.palimpsest.compress.plan.WindowBudget;
import dev.palimpsest.memory.session.FailureType;
import dev.palimpsest.memory.session.ToolPin;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.bridge.TextModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Performs {@link Step.Plan}: decides which memories and which past turns the model sees. Memories
 * within their share of the window; all past turns where they fit, else the newest without a gap,
 * whole turns only. Stateless; costs a rendering of the conversation, one per memory that it tries,
 * and one per kept turn where the window is full.
 */
final class TurnPlanner {
  private final ContextPlanner planner = new ContextPlanner();

  /**
   * Plans a turn.
   *
   * @param conversation without memories
   * @param budgetTokens the session's own limit of prompt tokens, or null
   * @return {@link TurnEvent.Planned}, or {@link TurnEvent.TurnFailed} when even the input alone
   *     does not fit
   */
  TurnEvent plan(
      TextModel model,
      Conversation conversation,
      Recollection recollection,
      TurnState state,
      @Nullable Integer budgetTokens) {
    int window = model.card().contextTokens();
    int output = state.said().outputTokensMax();
    if (output >= window) {
      return tooLarge("An answer of " + output + " tokens leaves no room in " + window + ".");
    }
    WindowBudget budget = budget(window, output, budgetTokens);
    WindowShares shares = new WindowShares(model, conversation, budget);
    if (shares.fixed() > budget.promptTokens()) {
      return tooLarge(
          "The input takes "
              + shares.fixed()
              + " tokens; "
              + budget.promptTokens()
              + " are available.");
    }
    Window chosen = new Window(model, budget, state, recollection);
    List<MemoryLine> recalled = recollection.beside(shares.turnsInSight());
    boolean readsFew = model.card().memoriesMax() < Integer.MAX_VALUE;
    List<MemoryLine> lines =
        shares.fitting(readsFew ? worthReading(recalled, state.said().text()) : recalled);
    Conversation remembering = conversation.remembering(Recollection.oldestFirst(lines));
    if (model.tokens(remembering.prompt()) <= budget.promptTokens()) {
      return planned(chosen, conversation, remembering);
    }
    return switch (planner.plan(segments(chosen, remembering), budget)) {
      case Planning.TooLarge(long needed, int available) ->
          tooLarge("The input takes " + needed + " tokens; " + available + " are available.");
      case Planning.Fits(ContextPlan plan) -> fitted(chosen, conversation, remembering, plan);
    };
  }

  /** For a model that reads few memories: those that can answer something. */
  private static List<MemoryLine> worthReading(List<MemoryLine> recalled, String question) {
    List<MemoryLine> telling =
        recalled.stream().filter(line -> !Asking.isQuestionOfSession(line)).toList();
    return Restated.without(telling, question);
  }

  /** The past turns that the model reads whatever is recalled for this one. */
  Set<TurnId> turnsInSight(
      TextModel model, Conversation conversation, TurnState state, @Nullable Integer budgetTokens) {
    int window = model.card().contextTokens();
    int output = state.said().outputTokensMax();
    return output >= window
        ? Set.of()
        : new WindowShares(model, conversation, budget(window, output, budgetTokens))
            .turnsInSight();
  }

  /** What a plan is made for. */
  private record Window(
      TextModel model, WindowBudget budget, TurnState state, Recollection recollection) {}

  /** The room of a window, for an answer of so many tokens, under a session's own limit. */
  static WindowBudget budget(int window, int output, @Nullable Integer budgetTokens) {
    int room = budgetTokens == null ? window : Math.min(window - output, budgetTokens) + output;
    return new WindowBudget(Math.min(window, room), output);
  }

  /**
   * The input with instructions and memories, and the newest turns with what each adds; as many as
   * could possibly fit and one more.
   */
  private static List<Segment> segments(Window window, Conversation conversation) {
    TextModel model = window.model();
    int pinned = model.tokens(conversation.withPast(List.of()).prompt());
    List<Segment> newestFirst = new ArrayList<>();
    long sum = pinned;
    for (Exchange exchange : conversation.past().reversed()) {
      int together = model.tokens(conversation.withPast(List.of(exchange)).prompt());
      int cost = Math.max(1, together - pinned);
      newestFirst.add(new Segment(Segment.Kind.EXCHANGE, exchange.event(), cost));
      sum += cost;
      if (sum > window.budget().promptTokens()) {
        break;
      }
    }
    List<Segment> segments = new ArrayList<>(newestFirst.reversed());
    segments.add(new Segment(Segment.Kind.INPUT, window.state().opened().number(), pinned));
    return segments;
  }

  /** Costs that were taken one by one may differ from the whole; the whole is what must fit. */
  private static TurnEvent fitted(
      Window window, Conversation all, Conversation remembering, ContextPlan plan) {
    Set<Long> kept = plan.kept().stream().map(Segment::event).collect(Collectors.toSet());
    Conversation fitting = remembering.keeping(kept);
    int available = window.budget().promptTokens();
    while (window.model().tokens(fitting.prompt()) > available && !fitting.past().isEmpty()) {
      fitting = fitting.withoutOldest(1);
    }
    return planned(window, all, fitting);
  }

  /** The plan; a memory whose turn turned out to be kept is not said twice. */
  private static TurnEvent planned(Window window, Conversation all, Conversation fitting) {
    Set<TurnId> turns = fitting.past().stream().map(Exchange::turn).collect(Collectors.toSet());
    Recollection recollection = window.recollection();
    Conversation kept = fitting.remembering(recollection.beside(fitting.memories(), turns));
    List<Long> numbers =
        Stream.concat(
                kept.past().stream().map(Exchange::event),
                Stream.of(window.state().opened().number()))
            .toList();
    TurnEvent.Recalled recalled = window.state().recalled();
    int found = recalled == null ? 0 : recalled.found().size();
    return new TurnEvent.Planned(
        window.model().fingerprint(),
        window.model().templateFingerprint().orElse(null),
        Math.max(1, window.model().tokens(kept.prompt())),
        numbers,
        all.past().size() - kept.past().size(),
        kept.memories().stream().map(line -> line.memory().id()).toList(),
        found - kept.memories().size(),
        ToolPin.of(kept.tools()));
  }

  private static TurnEvent tooLarge(String detail) {
    return new TurnEvent.TurnFailed(FailureType.CONTEXT_TOO_LARGE, detail);
  }
}
