package dev.palimpsest.runtime.turn;

import dev.palimpsest.compress.plan.ContextPlanner;
import dev.palimpsest.compress.plan.Planning;
import dev.palimpsest.compress.plan.Segment;
import dev.palimpsest.compress.plan.WindowBudget;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.bridge.TextModel;
import dev.palimpsest.runtime.turn.WindowSegment.Kind;
import dev.palimpsest.runtime.turn.WindowSegment.Tier;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A session's past as a model will read it before the next input: which turns are kept, and what
 * each costs. Takes a rendering of each turn by itself, and one of the whole.
 */
final class WindowReading {
  /** Stands for the input to come. */
  private static final String INPUT = "?";

  /** Turns that fell out of the window of which is told; there may be thousands. */
  private static final int LEFT_MAX = 100;

  private final TextModel model;
  private final Conversation bare;
  private final int bareTokens;
  private final WindowBudget budget;
  private final List<Segment> costs = new ArrayList<>();
  private final Conversation all;
  private final Conversation kept;

  /**
   * Reads.
   *
   * @param past the session's whole past, with any input
   */
  WindowReading(TextModel model, Conversation past, WindowBudget budget) {
    this.model = model;
    this.budget = budget;
    all = past.asking(INPUT);
    bare = new Conversation(null, List.of(), List.of(), List.of(), INPUT, all.at());
    bareTokens = model.tokens(bare.prompt());
    int system = model.tokens(all.withPast(List.of()).prompt()) - bareTokens;
    costs.add(new Segment(Segment.Kind.SYSTEM, 0, Math.max(0, system)));
    for (Exchange each : all.past()) {
      int tokens = beside(bare.withPast(List.of(each)));
      costs.add(new Segment(Segment.Kind.EXCHANGE, each.event(), tokens));
    }
    kept = fitting();
  }

  /** The newest turns that fit; what was taken one by one may differ from the whole. */
  private Conversation fitting() {
    List<Segment> segments = new ArrayList<>(costs);
    segments.add(new Segment(Segment.Kind.INPUT, 0, bareTokens));
    Conversation fitting =
        switch (new ContextPlanner().plan(segments, budget)) {
          case Planning.TooLarge large -> all.withPast(List.of());
          case Planning.Fits(var plan) -> all.withoutOldest(plan.left().size());
        };
    while (!fitting.past().isEmpty() && model.tokens(fitting.prompt()) > budget.promptTokens()) {
      fitting = fitting.withoutOldest(1);
    }
    return fitting;
  }

  private int beside(Conversation more) {
    return Math.max(0, model.tokens(more.prompt()) - bareTokens);
  }

  /** Tokens that the next turn may read. */
  int promptTokens() {
    return budget.promptTokens();
  }

  /** What the next turn will read, with a stand-in for its input. */
  Conversation kept() {
    return kept;
  }

  /**
   * What {@link SessionWindow} shows. The costs of the window's segments add up to that of the
   * whole: where two turns meet tokens may be others than at their ends, which the newest one makes
   * up for.
   *
   * @param compact turns that are kept as fewer keys
   * @param recalled what the newest turn read
   * @param shares of the attention: of what stands before the turns in the window, and of each of
   *     them; empty where they are not known
   */
  List<WindowSegment> segments(Set<TurnId> compact, List<MemoryLine> recalled, double[] shares) {
    List<WindowSegment> segments = new ArrayList<>();
    int turns = all.past().size();
    int firstKept = turns - kept.past().size();
    for (int i = Math.max(0, firstKept - LEFT_MAX); i < firstKept; i++) {
      segments.add(turn(i, costs.get(i + 1).tokens(), Tier.TEXT_ONLY, null));
    }
    int system = costs.getFirst().tokens();
    if (system > 0) {
      segments.add(
          new WindowSegment(Kind.SYSTEM, "system", 0, system, Tier.EXACT, share(shares, 0), null));
    }
    int rest = model.tokens(kept.prompt()) - system - bareTokens;
    for (int i = firstKept; i < turns; i++) {
      int tokens = i == turns - 1 ? Math.max(0, rest) : costs.get(i + 1).tokens();
      boolean isCompact = compact.contains(all.past().get(i).turn());
      Double share = share(shares, i - firstKept + 1);
      segments.add(turn(i, tokens, isCompact ? Tier.COMPACT : Tier.EXACT, share));
      rest -= tokens;
    }
    segments.add(new WindowSegment(Kind.INPUT, "input", 0, bareTokens, Tier.EXACT, null, null));
    for (MemoryLine line : recalled) {
      segments.add(
          new WindowSegment(
              Kind.RECALLED,
              line.memory().id().value(),
              0,
              beside(bare.remembering(List.of(line))),
              Tier.TEXT_ONLY,
              null,
              line.memory().content().label()));
    }
    return segments;
  }

  private static @Nullable Double share(double[] shares, int index) {
    return index < shares.length ? shares[index] : null;
  }

  private WindowSegment turn(int index, int tokens, Tier tier, @Nullable Double share) {
    Exchange turn = all.past().get(index);
    return new WindowSegment(
        Kind.TURN, turn.turn().value(), turn.event(), tokens, tier, share, null);
  }
}
