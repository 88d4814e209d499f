package dev.palimpsest.runtime.turn;

import dev.palimpsest.compress.plan.WindowBudget;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.bridge.TextModel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Divides the window between what is remembered and what was said in this session: instructions and
 * input come first, memories get half of what is left at most, and past turns get the rest. Costs
 * one rendering for each memory or turn that it tries.
 */
final class WindowShares {
  private static final int SHARE_OF_MEMORIES = 2;

  private final TextModel model;
  private final Conversation conversation;
  private final WindowBudget budget;
  private final int fixed;

  /**
   * Divides a window.
   *
   * @param conversation without memories
   */
  WindowShares(TextModel model, Conversation conversation, WindowBudget budget) {
    this.model = model;
    this.conversation = conversation;
    this.budget = budget;
    this.fixed = model.tokens(conversation.withPast(List.of()).prompt());
  }

  /** Tokens of instructions and input, which stay whatever happens. */
  int fixed() {
    return fixed;
  }

  /** Tokens that memories may take. */
  int memoryTokens() {
    return Math.max(0, budget.promptTokens() - fixed) / SHARE_OF_MEMORIES;
  }

  /** The newest past turns that stay even if memories take all of their share. */
  Set<TurnId> turnsInSight() {
    int room = budget.promptTokens() - memoryTokens();
    if (conversation.past().isEmpty() || fixed > room) {
      return Set.of();
    }
    if (model.tokens(conversation.prompt()) <= room) {
      return conversation.past().stream().map(Exchange::turn).collect(Collectors.toSet());
    }
    Set<TurnId> kept = new HashSet<>();
    int taken = fixed;
    for (Exchange exchange : conversation.past().reversed()) {
      int together = model.tokens(conversation.withPast(List.of(exchange)).prompt());
      taken += Math.max(1, together - fixed);
      if (taken > room) {
        break;
      }
      kept.add(exchange.turn());
    }
    return kept;
  }

  /**
   * The best of these lines that fit into the share, best first, as many as the model reads; one
   * too long is passed over.
   */
  List<MemoryLine> fitting(List<MemoryLine> bestFirst) {
    Conversation alone = conversation.withPast(List.of());
    List<MemoryLine> chosen = new ArrayList<>();
    for (MemoryLine line : bestFirst) {
      if (chosen.size() == model.card().memoriesMax()) {
        break;
      }
      chosen.add(line);
      Conversation tried = alone.remembering(Recollection.oldestFirst(chosen));
      if (model.tokens(tried.prompt()) - fixed > memoryTokens()) {
        chosen.removeLast();
      }
    }
    return chosen;
  }
}
