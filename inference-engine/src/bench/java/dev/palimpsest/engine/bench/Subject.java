package dev.palimpsest.engine.bench;

import dev.palimpsest.engine.backend.Attention;
import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.format.Gguf;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.kv.KvPool;
import dev.palimpsest.engine.kv.PagedSpan;
import dev.palimpsest.engine.kv.StateLayout;
import dev.palimpsest.engine.kv.StatePool;
import dev.palimpsest.engine.kv.StateSlot;
import dev.palimpsest.engine.model.Batch;
import dev.palimpsest.engine.model.FeedForward;
import dev.palimpsest.engine.model.Forward;
import dev.palimpsest.engine.model.ForwardLimits;
import dev.palimpsest.engine.model.Mixing;
import dev.palimpsest.engine.model.Weights;
import dev.palimpsest.engine.sample.Sampler;
import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.sample.SamplingState;
import dev.palimpsest.engine.sample.TokenChoice;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A model with everything that a step needs, and the two things that are timed. */
final class Subject implements AutoCloseable {
  /** Tokens of a prefill step. */
  static final int CHUNK = 256;

  static final int BATCH_MAX = 8;

  /** A token and as many guesses. */
  private static final int LOGITS_MAX = BATCH_MAX + 1;

  private static final int PROMPT_MAX = 512;

  /** Tokens of a session that is written again. */
  private static final int SESSION_MAX = 2_048;

  private static final int GENERATED_MAX = 128;

  private final Arena arena = Arena.ofShared();
  private final Weights weights;
  private final KvPool pool;
  private final @Nullable StatePool states;
  private final Forward forward;
  private final Sampler sampler;
  private final SamplingState greedy = new SamplingState(SamplingParams.GREEDY, null);
  private final Batch batch = new Batch(CHUNK, LOGITS_MAX);
  private final int sessionTokens;

  Subject(Path file, Backend backend) {
    weights = Weights.of(Gguf.open(file, arena));
    int context = Math.min(SESSION_MAX, weights.architecture().contextTokens());
    sessionTokens = context;
    int pagesEach = Math.ceilDiv(GENERATED_MAX, Attention.PAGE_TOKENS);
    int pages = Math.max(Math.ceilDiv(context, Attention.PAGE_TOKENS), BATCH_MAX * pagesEach);
    pool = new KvPool(weights.architecture().cacheLayout(), pages);
    StateLayout layout = weights.architecture().stateLayout();
    states = layout == null ? null : new StatePool(layout, BATCH_MAX);
    ForwardLimits limits = new ForwardLimits(CHUNK, LOGITS_MAX, context, pages);
    forward = new Forward(weights, backend, pool, states, limits);
    sampler = new Sampler(weights.vocabularySize());
  }

  KvLayout layout() {
    return pool.layout();
  }

  /** Whether sequences of the model have recurrent states. */
  boolean hasStates() {
    return states != null;
  }

  /** Tokens of the timed prompt: 512, or what fits the context. */
  int promptTokens() {
    return Math.min(PROMPT_MAX, weights.architecture().contextTokens());
  }

  /** Tokens of the timed generation: 128, or what fits the context. */
  int generatedTokens() {
    return Math.min(GENERATED_MAX, weights.architecture().contextTokens());
  }

  /** Tokens of a session that can be written again: 2,048, or what fits the context. */
  int sessionTokens() {
    return sessionTokens;
  }

  /** Bytes of weights that a token reads: every matrix and norm once, the embedding as output. */
  long bytesPerToken() {
    Set<Tensor> tensors = new HashSet<>();
    for (Weights.Layer layer : weights.layers()) {
      tensors.addAll(Arrays.asList(layer.attentionNorm(), layer.feedForwardNorm()));
      tensors.addAll(
          switch (layer.mixing()) {
            case Mixing.SelfAttention self ->
                List.of(self.query(), self.key(), self.value(), self.output());
            case Mixing.DeltaRule rule -> List.of(rule.input(), rule.gate(), rule.output());
          });
      switch (layer.feedForward()) {
        case FeedForward.Dense dense -> addAll(tensors, dense);
        case FeedForward.Mixture mixture -> {
          tensors.add(mixture.router());
          int used = Objects.requireNonNull(weights.architecture().experts()).used();
          FeedForward.Shared shared = mixture.shared();
          if (shared != null) {
            addAll(tensors, shared.expert());
          }
          mixture.experts().subList(0, used).forEach(expert -> addAll(tensors, expert));
        }
      }
    }
    tensors.add(weights.output());
    return tensors.stream().mapToLong(tensor -> tensor.data().byteSize()).sum();
  }

  private static void addAll(Set<Tensor> tensors, FeedForward.Dense dense) {
    tensors.addAll(Arrays.asList(dense.gate(), dense.up(), dense.down()));
  }

  String describe() {
    var architecture = weights.architecture();
    return "%s, %d layers of %d, %s, vocabulary %d"
        .formatted(
            architecture.name(),
            architecture.layers(),
            architecture.width(),
            weights.embedding().type(),
            weights.vocabularySize());
  }

  /** Generates greedily with some sequences side by side; tokens of all of them per second. */
  double decode(int sequences, int tokens) {
    PagedSpan[] spans = new PagedSpan[sequences];
    @Nullable StateSlot[] slots = new StateSlot[sequences];
    int[] last = new int[sequences];
    for (int s = 0; s < sequences; s++) {
      spans[s] = pool.reserve(tokens);
      slots[s] = state();
      last[s] = s;
    }
    long start = System.nanoTime();
    for (int position = 0; position < tokens; position++) {
      batch.clear();
      for (int s = 0; s < sequences; s++) {
        batch.addWithLogits(last[s], position, spans[s], slots[s]);
      }
      forward.run(batch);
      for (int s = 0; s < sequences; s++) {
        last[s] = sampler.sample(forward.epilogue(), s, greedy, position).id();
      }
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    for (int s = 0; s < sequences; s++) {
      release(spans[s], slots[s]);
    }
    return sequences * tokens / seconds;
  }

  /** Computes a prompt up to its last token's logits; tokens per second. */
  double prefill(int tokens) {
    PagedSpan span = pool.reserve(tokens);
    StateSlot slot = state();
    long start = System.nanoTime();
    for (int from = 0; from < tokens; from += CHUNK) {
      batch.clear();
      int to = Math.min(tokens, from + CHUNK);
      for (int position = from; position < to; position++) {
        int token = position * 31 % weights.vocabularySize();
        if (position + 1 == tokens) {
          batch.addWithLogits(token, position, span, slot);
        } else {
          batch.add(token, position, span, slot);
        }
      }
      forward.run(batch);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    release(span, slot);
    return tokens / seconds;
  }

  /**
   * Reads a session and writes again what was written in it; tokens written per second.
   *
   * @param replay guesses what follows, or null
   */
  double replay(List<Replay.Piece> session, @Nullable Replay replay) {
    int total = session.stream().mapToInt(piece -> piece.tokens().length).sum();
    PagedSpan span = pool.reserve(total);
    int position = 0;
    int written = 0;
    long nanos = 0;
    for (Replay.Piece piece : session) {
      int[] tokens = piece.tokens();
      if (piece.isWritten()) {
        long begun = System.nanoTime();
        write(tokens, position, span, replay);
        nanos += System.nanoTime() - begun;
        written += tokens.length;
      } else {
        read(tokens, position, span, replay);
      }
      position += tokens.length;
    }
    pool.release(span);
    return written / (nanos / 1e9);
  }

  private void read(int[] tokens, int position, PagedSpan span, @Nullable Replay replay) {
    for (int from = 0; from < tokens.length; from += CHUNK) {
      batch.clear();
      for (int i = from; i < Math.min(tokens.length, from + CHUNK); i++) {
        batch.add(tokens[i] % weights.vocabularySize(), position + i, span);
        if (replay != null) {
          replay.read(tokens[i]);
        }
      }
      forward.run(batch);
    }
  }

  /** The first token of a piece counts as known, as if the step before had given it. */
  private void write(int[] tokens, int position, PagedSpan span, @Nullable Replay replay) {
    int next = 0;
    while (next < tokens.length) {
      int guessed = 0;
      if (replay != null) {
        replay.read(tokens[next]);
        guessed = replay.propose(tokens.length - 1 - next);
      }
      long begun = System.nanoTime();
      batch.clear();
      for (int row = 0; row <= guessed; row++) {
        int token = row == 0 || replay == null ? tokens[next] : replay.guess(row - 1);
        int ignored =
            batch.addWithLogits(token % weights.vocabularySize(), position + next + row, span);
      }
      forward.run(batch);
      int right = 0;
      while (right < guessed && replay != null && replay.guess(right) == tokens[next + 1 + right]) {
        right++;
      }
      for (int row = 0; row <= right; row++) {
        TokenChoice ignored = sampler.sample(forward.epilogue(), row, greedy, position + next + row);
      }
      if (replay != null) {
        replay.stepped(guessed, right, System.nanoTime() - begun);
        for (int row = 0; row < right; row++) {
          replay.read(tokens[next + 1 + row]);
        }
      }
      next += 1 + right;
    }
  }

  /** A new sequence's state, null where the model has none. */
  private @Nullable StateSlot state() {
    if (states == null) {
      return null;
    }
    StateSlot slot = states.take();
    states.clear(slot);
    return slot;
  }

  private void release(PagedSpan span, @Nullable StateSlot slot) {
    pool.release(span);
    if (states != null && slot != null) {
      states.release(slot);
    }
  }

  @Override
  public void close() {
    pool.close();
    if (states != null) {
      states.close();
    }
    arena.close();
  }
}
