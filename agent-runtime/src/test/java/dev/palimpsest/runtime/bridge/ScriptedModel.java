package dev.palimpsest.runtime.bridge;

import dev.palimpsest.memory.session.SamplingOptions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The model of the tests: a token is a word, an answer is words drawn from the seed and what was
 * said. It can be made to wait before each word, to be busy, to break.
 */
public final class ScriptedModel implements TextModel {
  public static final String ID = "scripted";

  private final int contextTokens;
  private final String fingerprint;
  private final AtomicInteger busy = new AtomicInteger();
  private volatile @Nullable Semaphore gate;
  private volatile boolean breaks;
  private volatile @Nullable String refusal;

  /** A model with a window. */
  public ScriptedModel(int contextTokens, String fingerprint) {
    this.contextTokens = contextTokens;
    this.fingerprint = fingerprint;
  }

  /** From now on each word waits for a permit. */
  public Semaphore gated() {
    Semaphore made = new Semaphore(0);
    gate = made;
    return made;
  }

  /** The next so many answers are refused for now. */
  public void busyFor(int times) {
    busy.set(times);
  }

  /** From now on answers break off after one word. */
  public void breaks() {
    breaks = true;
  }

  /** From now on no conversation is accepted. */
  public void refuses(String why) {
    refusal = why;
  }

  @Override
  public ModelCard card() {
    return new ModelCard(ID, "none", "none", 0, contextTokens, 0, Instant.EPOCH);
  }

  @Override
  public String fingerprint() {
    return fingerprint;
  }

  @Override
  public Optional<String> templateFingerprint() {
    return Optional.empty();
  }

  @Override
  public int tokens(Prompt prompt) {
    if (refusal != null) {
      throw new ModelException(refusal, null);
    }
    return prompt.messages().stream().mapToInt(m -> m.text().split("\\s+").length).sum();
  }

  @Override
  public Start answer(Prompt prompt, SamplingOptions sampling, int outputTokensMax) {
    if (busy.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      return new Start.Busy("as told");
    }
    if (tokens(prompt) >= contextTokens) {
      return new Start.TooLarge("too many words");
    }
    Long seed = sampling.seed();
    long drawn = prompt.messages().hashCode() * 31L + (seed == null ? 0 : seed);
    return new Start.Begun(new Words(tokens(prompt), outputTokensMax, new Random(drawn)));
  }

  @Override
  public Optional<String> failure() {
    return Optional.empty();
  }

  private final class Words implements Answering {
    private final int input;
    private final int wordsMax;
    private final Random random;
    private final List<String> words =
        List.of("a", "cat", "€uro", "ran", "🧪", "home", "\n", "sun");
    private int said;
    private volatile boolean cancelled;

    Words(int input, int wordsMax, Random random) {
      this.input = input;
      this.wordsMax = wordsMax;
      this.random = random;
    }

    @Override
    public Piece take() throws InterruptedException {
      Semaphore waits = gate;
      while (waits != null && !cancelled && !waits.tryAcquire(5, TimeUnit.MILLISECONDS)) {
        Thread.onSpinWait();
      }
      if (cancelled) {
        return new Piece("", End.CANCELLED);
      }
      if (breaks && said == 1) {
        return new Piece("", End.FAILED);
      }
      said++;
      String word = words.get(random.nextInt(words.size())) + " ";
      return new Piece(word, said >= wordsMax ? End.LENGTH : null);
    }

    @Override
    public void cancel() {
      cancelled = true;
    }

    @Override
    public Cost cost() {
      return new Cost(input, 0, input, said);
    }
  }
}
