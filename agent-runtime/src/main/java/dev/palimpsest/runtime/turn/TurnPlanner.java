package dev.palimpsest.runtime.turn;

import dev.palimpsest.compress.plan.ContextPlan;
import dev.palimpsest.compress.plan.ContextPlanner;
import dev.palimpsest.compress.plan.Planning;
import dev.palimpsest.compress.plan.Segment;
import dev.palimpsest.compress.plan.WindowBudget;
import dev.palimpsest.memory.session.FailureType;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.runtime.bridge.TextModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Performs {@link Step.Plan}: decides which past turns the model sees. All of them where they fit;
 * else the newest without a gap, whole turns only. Stateless; costs a rendering of the
 * conversation, and one per kept turn where the window is full.
 */
final class TurnPlanner {
  private final ContextPlanner planner = new ContextPlanner();

  /**
   * Plans a turn.
   *
   * @param budgetTokens the session's own limit of prompt tokens, or null
   * @return {@link TurnEvent.Planned}, or {@link TurnEvent.TurnFailed} when even the input alone
   *     does not fit
   */
  TurnEvent plan(
      TextModel model, Conversation conversation, TurnState state, @Nullable Integer budgetTokens) {
    int window = model.card().contextTokens();
    int output = state.said().outputTokensMax();
    if (output >= window) {
      return tooLarge("An answer of " + output + " tokens leaves no room in " + window + ".");
    }
    int room = budgetTokens == null ? window : Math.min(window - output, budgetTokens) + output;
    WindowBudget budget = new WindowBudget(Math.min(window, room), output);
    int all = model.tokens(conversation.prompt());
    if (all <= budget.promptTokens()) {
      return planned(model, conversation, state, all, 0);
    }
    List<Segment> segments = segments(model, conversation, state, budget);
    return switch (planner.plan(segments, budget)) {
      case Planning.TooLarge(long needed, int available) ->
          tooLarge("The input takes " + needed + " tokens; " + available + " are available.");
      case Planning.Fits(ContextPlan plan) -> fitted(model, conversation, state, plan, budget);
    };
  }

  /**
   * The input with its instructions, and the newest turns with what each adds; as many as could
   * possibly fit and one more.
   */
  private static List<Segment> segments(
      TextModel model, Conversation conversation, TurnState state, WindowBudget budget) {
    int pinned = model.tokens(conversation.withPast(List.of()).prompt());
    List<Segment> newestFirst = new ArrayList<>();
    long sum = pinned;
    for (Exchange exchange : conversation.past().reversed()) {
      int together = model.tokens(conversation.withPast(List.of(exchange)).prompt());
      int cost = Math.max(1, together - pinned);
      newestFirst.add(new Segment(Segment.Kind.EXCHANGE, exchange.event(), cost));
      sum += cost;
      if (sum > budget.promptTokens()) {
        break;
      }
    }
    List<Segment> segments = new ArrayList<>(newestFirst.reversed());
    segments.add(new Segment(Segment.Kind.INPUT, state.opened().number(), pinned));
    return segments;
  }

  /** Costs that were taken one by one may differ from the whole; the whole is what must fit. */
  private static TurnEvent fitted(
      TextModel model,
      Conversation conversation,
      TurnState state,
      ContextPlan plan,
      WindowBudget budget) {
    Set<Long> kept = plan.kept().stream().map(Segment::event).collect(Collectors.toSet());
    Conversation fitting = conversation.keeping(kept);
    int tokens = model.tokens(fitting.prompt());
    while (tokens > budget.promptTokens() && !fitting.past().isEmpty()) {
      fitting = fitting.withoutOldest(1);
      tokens = model.tokens(fitting.prompt());
    }
    int dropped = conversation.past().size() - fitting.past().size();
    return planned(model, fitting, state, tokens, dropped);
  }

  private static TurnEvent planned(
      TextModel model, Conversation kept, TurnState state, int tokens, int dropped) {
    List<Long> numbers =
        Stream.concat(kept.past().stream().map(Exchange::event), Stream.of(state.opened().number()))
            .toList();
    return new TurnEvent.Planned(
        model.fingerprint(),
        model.templateFingerprint().orElse(null),
        Math.max(1, tokens),
        numbers,
        dropped);
  }

  private static TurnEvent tooLarge(String detail) {
    return new TurnEvent.TurnFailed(FailureType.CONTEXT_TOO_LARGE, detail);
  }
}
