package dev.palimpsest.runtime.bridge;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.AgentId;
import dev.palimpsest.memory.session.CompactionId;
import dev.palimpsest.memory.session.Confidence;
import dev.palimpsest.memory.session.SessionId;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The model of the tests: a token is a word, an answer is words drawn from the seed and what was
 * said. It can be made to wait before each word, to be busy, to break, and to answer grounded: then
 * it says one of the lines, or the refusal where there are none.
 */
public final class ScriptedModel implements TextModel {
  public static final String ID = "scripted";

  private final int contextTokens;
  private final String fingerprint;
  private final AtomicInteger busy = new AtomicInteger();
  private final BlockingQueue<Learnt> learnt = new LinkedBlockingQueue<>();
  private volatile @Nullable Semaphore gate;
  private final BlockingQueue<String> script = new LinkedBlockingQueue<>();
  private volatile boolean callsTools;
  private volatile boolean breaks;
  private volatile @Nullable String refusal;
  private volatile Runnable whileForgetting = () -> {};
  private volatile @Nullable Prompt read;
  private volatile @Nullable Prompt kept;
  private volatile ModelCard.Grounding grounding = ModelCard.Grounding.NEVER;
  private volatile int memoriesMax = Integer.MAX_VALUE;

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

  /** From now on this happens while a tenant is forgotten. */
  public void whileForgetting(Runnable what) {
    whileForgetting = what;
  }

  /** From now on no conversation is accepted. */
  public void refuses(String why) {
    refusal = why;
  }

  /** From now on it calls tools; its next free answers are these, letter by letter. */
  public void says(String... answers) {
    callsTools = true;
    script.addAll(List.of(answers));
  }

  @Override
  public boolean callsTools() {
    return callsTools;
  }

  /** The conversation that was answered last. */
  public Prompt read() {
    return Objects.requireNonNull(read);
  }

  /** The conversation that was to be kept last. */
  public Prompt kept() {
    return Objects.requireNonNull(kept);
  }

  /** From now on the card says this; at first it is that grounded answers cannot be had. */
  public void grounds(ModelCard.Grounding how) {
    grounding = how;
  }

  /** From now on it reads so many memories at once. */
  public void readsMemories(int most) {
    memoriesMax = most;
  }

  @Override
  public ModelCard card() {
    return new ModelCard(
        ID, "none", "none", 0, contextTokens, 0, Instant.EPOCH, grounding, memoriesMax);
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
  public String harmless(String text) {
    return text.replace("<|", "‹|");
  }

  @Override
  public int tokens(Prompt prompt) {
    if (refusal != null) {
      throw new ModelException(refusal, null);
    }
    return Stream.concat(
            prompt.messages().stream().map(Message::text),
            prompt.tools().stream().map(ToolFace::description))
        .mapToInt(text -> text.split("\\s+").length)
        .sum();
  }

  @Override
  public Start answer(
      TenantId reader,
      SessionId session,
      @Nullable CompactionId compaction,
      Prompt prompt,
      Manner manner,
      @Nullable Grounds grounds) {
    if (grounds != null && !card().canGround()) {
      throw new ModelException("The scripted model gives no grounded answers.", null);
    }
    if (busy.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      return new Start.Busy("as told");
    }
    if (tokens(prompt) >= contextTokens) {
      return new Start.TooLarge("too many words");
    }
    read = prompt;
    Ending ending = manner.ending();
    Long seed = manner.sampling().seed();
    // Of names and words: an enum's own hash is another one in every process.
    List<String> said =
        prompt.messages().stream().map(each -> each.role().name() + each.text()).toList();
    long drawn = said.hashCode() * 31L + (seed == null ? 0 : seed);
    Random random = new Random(drawn);
    String scripted = grounds == null ? script.poll() : null;
    if (scripted != null) {
      return new Start.Begun(new Recital(tokens(prompt), scripted, manner.told()));
    }
    return new Start.Begun(
        grounds == null
            ? new Words(tokens(prompt), ending, manner.told(), random)
            : new Quotation(tokens(prompt), ending.outputTokensMax(), grounds, random));
  }

  @Override
  public void keep(TenantId reader, SessionId session, Prompt next) {
    kept = next;
  }

  @Override
  public void learn(TenantId reader, @Nullable AgentId agent, List<String> answers) {
    learnt.add(new Learnt(agent, List.copyOf(answers)));
  }

  /** Earlier answers of an agent, or of none. */
  public record Learnt(@Nullable AgentId agent, List<String> answers) {}

  /** What it was told next of earlier answers; waits for it. */
  public Learnt learnt() throws InterruptedException {
    return Objects.requireNonNull(learnt.poll(20, TimeUnit.SECONDS), "nothing was told");
  }

  /** Whether it was told more than was asked for. */
  public boolean isToldMore() {
    return !learnt.isEmpty();
  }

  @Override
  public int forget(TenantId reader) {
    whileForgetting.run();
    boolean was = kept != null;
    kept = null;
    return was ? 1 : 0;
  }

  @Override
  public Optional<SessionPasts> pasts() {
    return Optional.empty();
  }

  @Override
  public Optional<String> failure() {
    return Optional.empty();
  }

  /** Waits for a permit where the model is gated; says whether the answer was not cancelled. */
  private boolean isLet(BooleanSupplier cancelled) throws InterruptedException {
    Semaphore waits = gate;
    while (waits != null
        && !cancelled.getAsBoolean()
        && !waits.tryAcquire(5, TimeUnit.MILLISECONDS)) {
      Thread.onSpinWait();
    }
    return !cancelled.getAsBoolean();
  }

  /** Random words without end. */
  private final class Words implements Answering {
    private final int input;
    private final Ending ending;
    private final int told;
    private final Random random;
    private final List<String> words =
        List.of("a", "cat", "€uro", "ran", "🧪", "home", "\n", "sun");
    private int said;
    private volatile boolean cancelled;

    Words(int input, Ending ending, int told, Random random) {
      this.input = input;
      this.ending = ending;
      this.told = told;
      this.random = random;
    }

    @Override
    public Piece take() throws InterruptedException {
      if (!isLet(() -> cancelled)) {
        return new Piece("", End.CANCELLED);
      }
      if (breaks && said == 1) {
        return new Piece("", End.FAILED);
      }
      said++;
      String word = words.get(random.nextInt(words.size()));
      if (ending.stop().contains(word)) {
        return new Piece("", End.STOP);
      }
      End end = said >= ending.outputTokensMax() ? End.LENGTH : null;
      return new Piece(word + " ", told < 0 ? List.of() : List.of(likely(word + " ")), end);
    }

    @Override
    public void cancel() {
      cancelled = true;
    }

    @Override
    public Cost cost() {
      return new Cost(input, 0, input, said);
    }

    /** All words are as likely as each other. */
    private Likelihood likely(String word) {
      double each = -Math.log(words.size());
      List<Likelihood> top = new ArrayList<>();
      for (String other : words.subList(0, Math.min(told, words.size()))) {
        top.add(new Likelihood(other + " ", bytes(other + " "), each, List.of()));
      }
      return new Likelihood(word, bytes(word), each, top);
    }

    private static List<Integer> bytes(String text) {
      List<Integer> bytes = new ArrayList<>();
      for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
        bytes.add(Byte.toUnsignedInt(each));
      }
      return bytes;
    }

    @Override
    public Optional<Confidence> confidence() {
      double each = Math.log(words.size());
      return said == 0
          ? Optional.empty()
          : Optional.of(new Confidence(said, -each, -each, each, each, null, null));
    }

    @Override
    public List<Citation> citations() {
      return List.of();
    }
  }

  /** What it was told to say, in pieces of some letters. */
  private final class Recital implements Answering {
    private static final int LETTERS = 3;

    private final int input;
    private final String text;
    private final int told;
    private int said;
    private int pieces;
    private volatile boolean cancelled;

    Recital(int input, String text, int told) {
      this.input = input;
      this.text = text;
      this.told = told;
    }

    @Override
    public Piece take() throws InterruptedException {
      if (!isLet(() -> cancelled)) {
        return new Piece("", End.CANCELLED);
      }
      int end = Math.min(text.length(), said + LETTERS);
      String piece = text.substring(said, end);
      said = end;
      pieces++;
      return new Piece(
          piece,
          told < 0 ? List.of() : List.of(new Likelihood(piece, List.of(), 0, List.of())),
          end == text.length() ? End.STOP : null);
    }

    @Override
    public void cancel() {
      cancelled = true;
    }

    @Override
    public Cost cost() {
      return new Cost(input, 0, input, pieces);
    }

    @Override
    public Optional<Confidence> confidence() {
      return Optional.empty();
    }

    @Override
    public List<Citation> citations() {
      return List.of();
    }
  }

  /** One of the lines, word by word, or the refusal. */
  private final class Quotation implements Answering {
    private final int input;
    private final int line;
    private final String[] words;
    private final int wordsMax;
    private int said;
    private int length;
    private volatile boolean cancelled;

    Quotation(int input, int wordsMax, Grounds grounds, Random random) {
      List<String> lines = grounds.lines();
      this.input = input;
      this.line = lines.isEmpty() ? -1 : random.nextInt(lines.size());
      this.words = (line < 0 ? "I have no memory of that." : lines.get(line)).split("(?= )");
      this.wordsMax = wordsMax;
    }

    @Override
    public Piece take() throws InterruptedException {
      if (!isLet(() -> cancelled)) {
        return new Piece("", End.CANCELLED);
      }
      if (breaks && said == 1) {
        return new Piece("", End.FAILED);
      }
      String word = words[said++];
      length += word.length();
      End cut = said >= wordsMax ? End.LENGTH : null;
      return new Piece(word, said == words.length ? End.STOP : cut);
    }

    @Override
    public void cancel() {
      cancelled = true;
    }

    @Override
    public Cost cost() {
      return new Cost(input, 0, input, said);
    }

    @Override
    public Optional<Confidence> confidence() {
      return Optional.empty();
    }

    @Override
    public List<Citation> citations() {
      return line < 0 ? List.of() : List.of(new Citation(0, length, line, 0, length));
    }
  }
}
