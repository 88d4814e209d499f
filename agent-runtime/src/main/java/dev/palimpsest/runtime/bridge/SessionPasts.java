package dev.palimpsest.runtime.bridge;

import dev.palimpsest.compress.CompactionRequest;
import dev.palimpsest.compress.kv.Policy;
import dev.palimpsest.engine.Engine;
import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.model.Adapter;
import dev.palimpsest.engine.model.Model;
import dev.palimpsest.engine.schedule.CompactedPast;
import dev.palimpsest.engine.token.TokenIds;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.TurnId;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes what a model keeps of the beginnings of sessions shorter. It is a cache and no more: a
 * session whose beginning was given up, or reads otherwise by now, is answered exactly. For many
 * threads.
 */
public final class SessionPasts {
  /** Beginnings are compacted in whole pages of so many tokens. */
  public static final int PAGE = Attention.PAGE_TOKENS;

  /** Tokens at every beginning that stay exact, whatever they say. */
  public static final int SINKS = CompactionRequest.SINKS;

  private final Engine engine;
  private final Model model;
  private final @Nullable Adapter adapter;
  private final Function<Prompt, TokenIds> reader;
  private final PastShelf shelf;

  /**
   * Over an engine.
   *
   * @param adapter under which the model answers, null for the model as it is
   * @param reader makes tokens of conversations, as they are answered
   */
  SessionPasts(
      Engine engine,
      Model model,
      @Nullable Adapter adapter,
      Function<Prompt, TokenIds> reader,
      PastShelf shelf) {
    this.engine = engine;
    this.model = model;
    this.adapter = adapter;
    this.reader = reader;
    this.shelf = shelf;
  }

  /**
   * What is asked for.
   *
   * @param next the conversation as the next turn will read it
   * @param exact tokens at its beginning that stay as they are
   * @param end where the part ends that may become shorter, whole pages from the first token on, at
   *     least one beyond {@code exact}, and not all that is read
   * @param turns whose words that part holds
   * @param ratio tokens before ÷ after, at least 1
   */
  public record Order(
      Prompt next, int exact, int end, Set<TurnId> turns, Policy policy, double ratio) {
    /** Copies, and checks the numbers. */
    public Order {
      turns = Set.copyOf(turns);
      if (end % PAGE != 0 || exact < 0 || end - exact < PAGE || !(ratio >= 1)) {
        throw new IllegalArgumentException(exact + " to " + end + " by " + ratio);
      }
    }
  }

  /** How a compaction ended. */
  public sealed interface Outcome {
    /** The next turns go on from it. */
    record Done(CompactPart part) implements Outcome {}

    /** Nothing has changed. */
    record None(String reason) implements Outcome {}
  }

  /**
   * What there is of a session.
   *
   * @param isInUse whether a conversation begins with it
   */
  public record Standing(CompactPart part, boolean isInUse) {}

  /** Why this model's cache cannot be compacted; empty where it can. */
  public Optional<String> refusal() {
    return model.architecture().compactionRefusal();
  }

  /** With how many equal tokens two conversations begin. */
  public int shared(Prompt one, Prompt other) {
    TokenIds first = reader.apply(one);
    TokenIds second = reader.apply(other);
    int most = Math.min(first.size(), second.size());
    int same = 0;
    while (same < most && first.at(same) == second.at(same)) {
      same++;
    }
    return same;
  }

  /** What there is of a session, and whether a conversation would be answered from it. */
  public Optional<Standing> standing(TenantId tenant, SessionId session, Prompt next) {
    return shelf
        .find(new PastShelf.Owner(tenant, session))
        .map(kept -> new Standing(kept.part(), isUsable(kept, tenant, reader.apply(next))));
  }

  /**
   * Compacts the beginning of a session; an earlier result of it is given up. The cache is read
   * while turns go on, whose answers change only after it.
   *
   * @param patience after which it is given up
   */
  public Outcome compact(TenantId tenant, SessionId session, Order order, Duration patience)
      throws InterruptedException {
    if (!shelf.enter(patience)) {
      return new Outcome.None("Others are being compacted.");
    }
    try (PastWork work = new PastWork(engine, adapter, tenant, shelf.worker(), patience)) {
      return switch (work.run(order, reader.apply(order.next()), model)) {
        case PastWork.Result.None(String reason) -> new Outcome.None(reason);
        case PastWork.Result.Done(PastShelf.Kept kept) ->
            shelf.put(new PastShelf.Owner(tenant, session), kept)
                ? new Outcome.Done(kept.part())
                : new Outcome.None("The cache has no room for so large a result.");
      };
    } finally {
      shelf.leave();
    }
  }

  /**
   * Gives up what there is of a session; the next answer is exact. Empty where there is nothing.
   */
  public Optional<CompactPart> expand(TenantId tenant, SessionId session) {
    return shelf.remove(new PastShelf.Owner(tenant, session));
  }

  /** What an answer to a prompt may go on from, or null. */
  @Nullable CompactedPast of(TenantId tenant, SessionId session, TokenIds prompt) {
    return shelf
        .find(new PastShelf.Owner(tenant, session))
        .filter(kept -> isUsable(kept, tenant, prompt))
        .map(PastShelf.Kept::past)
        .orElse(null);
  }

  private boolean isUsable(PastShelf.Kept kept, TenantId tenant, TokenIds prompt) {
    return kept.past().salt().equals(PastWork.salt(adapter, tenant))
        && kept.past().isBeginningOf(prompt);
  }

  void forget(TenantId tenant) {
    shelf.forget(tenant);
  }
}
