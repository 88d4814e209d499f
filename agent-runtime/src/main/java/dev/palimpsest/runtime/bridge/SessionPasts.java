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
import dev.palimpsest.memory.session.CompactionId;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.memory.session.WindowChange;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes what a model keeps of the beginnings of sessions shorter. The session's log says which
 * compaction holds; what is kept under its name here, and in files, is a cache and no more: a
 * session whose beginning is not there, or reads otherwise by now, is answered exactly. For many
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
  private final AttentionShelf looked;

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
      Shelves shelves) {
    this.engine = engine;
    this.model = model;
    this.adapter = adapter;
    this.reader = reader;
    this.shelf = shelves.pasts();
    this.looked = shelves.looked();
  }

  /** What is kept of sessions. */
  record Shelves(PastShelf pasts, AttentionShelf looked) {}

  /**
   * What is asked for.
   *
   * @param compaction under which it is kept
   * @param next the conversation as the next turn will read it
   * @param exact tokens at its beginning that stay as they are
   * @param end where the part ends that may become shorter, whole pages from the first token on, at
   *     least one beyond {@code exact}, and not all that is read
   * @param turns whose words that part holds, oldest first
   * @param ratio tokens before ÷ after, at least 1
   */
  public record Order(
      CompactionId compaction,
      Prompt next,
      int exact,
      int end,
      List<TurnId> turns,
      Policy policy,
      double ratio) {
    /** Copies, and checks the numbers. */
    public Order {
      turns = List.copyOf(turns);
      if (end % PAGE != 0 || exact < 0 || end - exact < PAGE || !(ratio >= 1)) {
        throw new IllegalArgumentException(exact + " to " + end + " by " + ratio);
      }
    }
  }

  /** How a compaction ended. */
  public sealed interface Outcome {
    /** The next turns go on from it. */
    record Done(WindowChange.Compacted part) implements Outcome {}

    /** Nothing has changed. */
    record None(String reason) implements Outcome {}
  }

  /**
   * What a session's log says of its window.
   *
   * @param isInUse whether it is there, and a conversation begins with it
   */
  public record Standing(WindowChange.Compacted part, boolean isInUse) {}

  /** Why this model's cache cannot be compacted; empty where it can. */
  public Optional<String> refusal() {
    return model.architecture().compactionRefusal();
  }

  /** With how many equal tokens two conversations begin. */
  public int shared(Prompt one, Prompt other) {
    return same(reader.apply(one), reader.apply(other));
  }

  private static int same(TokenIds first, TokenIds second) {
    int most = Math.min(first.size(), second.size());
    int same = 0;
    while (same < most && first.at(same) == second.at(same)) {
      same++;
    }
    return same;
  }

  /**
   * How a session's newest answer shared its attention among the stretches of a conversation: the
   * means over some of its tokens, all layers and heads. They add up to 1. Empty where that is not
   * known: nothing was answered since the start, or what came before the last stretch is another
   * than it was.
   *
   * @param next the conversation as the next turn will read it
   * @param begins conversations that have in common with it what stands before a stretch; the last
   *     stretch goes to the end of the answer, with all that this turn alone has read
   */
  public Optional<double[]> attention(
      TenantId tenant, SessionId session, Prompt next, List<Prompt> begins) {
    AttentionShelf.Looked newest = looked.find(tenant, session).orElse(null);
    if (newest == null) {
      return Optional.empty();
    }
    TokenIds tokens = reader.apply(next);
    int[] ends = new int[begins.size() + 1];
    for (int i = 0; i < begins.size(); i++) {
      ends[i] = same(tokens, reader.apply(begins.get(i)));
    }
    if (!begins.isEmpty() && newest.common(tokens) < ends[begins.size() - 1]) {
      return Optional.empty();
    }
    ends[begins.size()] = Integer.MAX_VALUE;
    double[] shares = new double[ends.length];
    for (int i = 0; i < ends.length; i++) {
      shares[i] = newest.share(i == 0 ? 0 : ends[i - 1], ends[i]);
    }
    return Optional.of(shares);
  }

  /** Whether a conversation would be answered from what a compaction has left. */
  public boolean isInUse(TenantId tenant, CompactionId compaction, Prompt next) {
    return of(tenant, compaction, reader.apply(next)) != null;
  }

  /**
   * Compacts the beginning of a session. The cache is read while turns go on, whose answers change
   * only when the log names the result. It is on disk when this returns, as far as there is room.
   *
   * @param patience after which it is given up
   */
  public Outcome compact(TenantId tenant, SessionId session, Order order, Duration patience)
      throws InterruptedException {
    if (!shelf.enter(patience)) {
      return new Outcome.None("Others are being compacted.");
    }
    try (PastFiles.Writing file = shelf.files().begin(tenant, session);
        PastWork work = new PastWork(engine, adapter, tenant, shelf.worker(), patience)) {
      return switch (work.run(order, reader.apply(order.next()), model)) {
        case PastWork.Result.None(String reason) -> new Outcome.None(reason);
        case PastWork.Result.Done done -> {
          if (!shelf.put(new PastShelf.Owner(tenant, order.compaction()), done.past())) {
            yield new Outcome.None("The cache has no room for so large a result.");
          }
          file.save(order.compaction(), done.past(), done.heads());
          yield new Outcome.Done(done.part());
        }
      };
    } finally {
      shelf.leave();
    }
  }

  /** Gives up what a compaction has left, in memory. */
  public void giveUp(TenantId tenant, CompactionId compaction) {
    shelf.remove(new PastShelf.Owner(tenant, compaction));
  }

  /** Gives up what a compaction of a session has left, in memory and on disk. */
  public void drop(TenantId tenant, SessionId session, CompactionId compaction) {
    shelf.files().erase(tenant, session);
    giveUp(tenant, compaction);
  }

  /** What an answer to a prompt may go on from, or null; reads a file where it has to. */
  @Nullable CompactedPast of(TenantId tenant, @Nullable CompactionId compaction, TokenIds prompt) {
    if (compaction == null) {
      return null;
    }
    String salt = PastWork.salt(adapter, tenant);
    return shelf
        .find(new PastShelf.Owner(tenant, compaction), salt)
        .filter(past -> past.salt().equals(salt) && past.isBeginningOf(prompt))
        .orElse(null);
  }

  void forget(TenantId tenant) {
    shelf.forget(tenant);
  }
}
