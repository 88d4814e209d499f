package dev.palimpsest.runtime.bridge;

import dev.palimpsest.engine.Admission;
import dev.palimpsest.engine.Engine;
import dev.palimpsest.engine.GenerationRequest;
import dev.palimpsest.engine.backend.AttentionMass;
import dev.palimpsest.engine.chat.ChatTemplate;
import dev.palimpsest.engine.chat.ChatTemplateException;
import dev.palimpsest.engine.ground.Grounding;
import dev.palimpsest.engine.ground.Source;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.model.Adapter;
import dev.palimpsest.engine.model.Calibration;
import dev.palimpsest.engine.model.Model;
import dev.palimpsest.engine.sample.Distribution;
import dev.palimpsest.engine.sample.LogitBias;
import dev.palimpsest.engine.sample.Penalties;
import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.sample.TokenRules;
import dev.palimpsest.engine.schedule.CompactedPast;
import dev.palimpsest.engine.token.TokenIds;
import dev.palimpsest.engine.token.Tokenizer;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.AgentId;
import dev.palimpsest.memory.session.CompactionId;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.Shaping;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The local engine as a model of words: the conversation goes through the chat template that the
 * model's file carries (a model without one reads the words one after the other) and through its
 * tokenizer. Borrows engine and model.
 */
public final class EngineTextModel implements TextModel {
  /** From the seed of one candidate to that of the next; the golden ratio of 64 bits. */
  private static final long SEED_STEP = 0x9E3779B97F4A7C15L;

  private final Engine engine;
  private final Model model;
  private final ModelCard card;
  private final @Nullable Adapter adapter;
  private final PromptWriter writer;
  private final ControlTokens commands;
  private final Shapes shapes;
  private final AttentionShelf looked = new AttentionShelf();
  private final SessionPasts pasts;

  /**
   * Reads the chat template.
   *
   * @param adapter under which it answers, which the engine knows; null for the model as it is
   * @param shelf of the engine, where compacted beginnings are
   * @throws ChatTemplateException when the model carries one that cannot be read
   */
  EngineTextModel(
      Engine engine, Model model, ModelCard card, @Nullable Adapter adapter, PastShelf shelf) {
    this.engine = engine;
    this.adapter = adapter;
    this.model = model;
    this.card = card;
    this.writer =
        new PromptWriter(
            model
                .chatTemplate()
                .map(source -> ChatTemplate.parse(source, model.bosPiece(), model.eosPiece()))
                .orElseGet(ChatTemplate::plain));
    this.commands = new ControlTokens(model.tokenizer().vocabulary());
    this.shapes = new Shapes(model.vocabulary());
    this.pasts =
        new SessionPasts(
            engine, model, adapter, this::encode, new SessionPasts.Shelves(shelf, looked));
  }

  @Override
  public ModelCard card() {
    return card;
  }

  @Override
  public String fingerprint() {
    return adapter == null ? model.sha256() : sha256(model.sha256() + " " + adapter.sha256());
  }

  @Override
  public Optional<String> templateFingerprint() {
    return model.chatTemplate().map(EngineTextModel::sha256);
  }

  @Override
  public String harmless(String text) {
    return commands.enclosed(text);
  }

  @Override
  public boolean callsTools() {
    return writer.knowsTools();
  }

  @Override
  public int tokens(Prompt prompt) {
    return encode(prompt).size();
  }

  @Override
  public Start answer(
      TenantId reader,
      SessionId session,
      @Nullable CompactionId compaction,
      Prompt prompt,
      Manner manner,
      @Nullable Grounds grounds) {
    if (grounds != null && !card.canGround()) {
      throw new ModelException("The model '" + card.id() + "' gives no grounded answers.", null);
    }
    TokenIds tokens = encode(prompt);
    if (tokens.isEmpty()) {
      throw new ModelException("The model's template leaves nothing to read of this input.", null);
    }
    Task task =
        new Task(
            reader,
            session,
            tokens,
            pasts.of(reader, compaction, tokens),
            manner,
            grounds == null ? rules(prompt, manner.format()) : null,
            grounds == null ? null : grounding(grounds));
    Integer bestOf = manner.sampling().shaping().bestOf();
    List<EngineAnswering> begun = new ArrayList<>();
    for (int i = 0; i < (bestOf == null ? 1 : bestOf); i++) {
      switch (begin(task, i)) {
        case Admitted.Begun(EngineAnswering answering) -> begun.add(answering);
        case Admitted.Refused(Start why) -> {
          begun.forEach(Answering::cancel);
          return why;
        }
      }
    }
    return new Start.Begun(begun.size() == 1 ? begun.getFirst() : new BestAnswering(begun));
  }

  /** Whether one of the answers of a request was begun. */
  private sealed interface Admitted {
    record Begun(EngineAnswering answering) implements Admitted {}

    record Refused(Start why) implements Admitted {}
  }

  /** What all candidates for an answer share; the rules are made once. */
  private record Task(
      TenantId reader,
      SessionId session,
      TokenIds tokens,
      @Nullable CompactedPast past,
      Manner manner,
      @Nullable TokenRules rules,
      @Nullable Grounding grounding) {}

  private @Nullable TokenRules rules(Prompt prompt, @Nullable AnswerFormat format) {
    if (format != null) {
      return shapes.of(format);
    }
    return prompt.tools().isEmpty() ? null : shapes.of(prompt.tools());
  }

  private Admitted begin(Task task, int candidate) {
    Manner manner = task.manner();
    Grounding grounding = task.grounding();
    AnswerFormat format = manner.format();
    TokenRules rules = grounding != null ? grounding : task.rules();
    GenerationRequest request =
        new GenerationRequest(
            task.tokens(),
            params(manner.sampling(), candidate),
            manner.ending().outputTokensMax(),
            manner.ending().stop(),
            rules,
            task.reader().value(),
            manner.told(),
            adapter == null ? null : adapter.name());
    // A model without a template goes on where the words end, white space included; and where a
    // format says what an answer is, white space may be part of it.
    boolean strips =
        grounding != null
            || (model.chatTemplate().isPresent()
                && (format == null || format instanceof AnswerFormat.Json));
    // Calibrated are grounded answers of the weights as they are in the file.
    Calibration calibration =
        grounding == null || adapter != null ? null : model.calibration().orElse(null);
    AttentionMass mass = candidate == 0 ? mass(task) : null;
    return switch (engine.submit(
        request.behind(task.past()).spokenBy(voice(manner.agent())).weighed(mass))) {
      case Admission.Accepted(var generation) ->
          new Admitted.Begun(
              new EngineAnswering(
                  generation,
                  strips,
                  grounding,
                  model.vocabulary(),
                  calibration,
                  () -> remember(task, mass)));
      case Admission.Refused(Admission.Reason reason, String detail) ->
          new Admitted.Refused(refused(reason, detail));
    };
  }

  /** For all that the answer can look at; null where no layer looks at anything. */
  private @Nullable AttentionMass mass(Task task) {
    KvLayout layout = model.architecture().cacheLayout();
    long tokens = task.tokens().size() + (long) task.manner().ending().outputTokensMax();
    int most = (int) Math.min(tokens, engine.contextTokens());
    return layout.layers() == 0 ? null : new AttentionMass(layout.heads().keyValue(), most);
  }

  private void remember(Task task, @Nullable AttentionMass mass) {
    if (mass != null) {
      looked.put(task.reader(), task.session(), task.tokens(), mass);
    }
  }

  @Override
  public void keep(TenantId reader, SessionId session, Prompt next) {
    if (adapter != null) {
      // A file is erased by its tenant and session; under an adapter it would have another name.
      return;
    }
    try {
      engine.keep(reader.value(), session.value(), encode(next));
    } catch (ModelException e) {
      // Nothing is kept of what the template will refuse to go on with.
      return;
    }
  }

  @Override
  public void learn(TenantId reader, @Nullable AgentId agent, List<String> answers) {
    String salt = adapter == null ? reader.value() : adapter.salt(reader.value());
    for (String answer : answers) {
      engine.learn(salt, voice(agent), model.tokenizer().encode(answer, Tokenizer.Special.TEXT));
    }
  }

  private static String voice(@Nullable AgentId agent) {
    return agent == null ? "" : agent.value();
  }

  @Override
  public int forget(TenantId reader) {
    pasts.forget(reader);
    looked.forget(reader);
    return engine.forget(reader.value());
  }

  @Override
  public Optional<SessionPasts> pasts() {
    return Optional.of(pasts);
  }

  @Override
  public Optional<String> failure() {
    return engine
        .failure()
        .map(cause -> "the engine failed: " + cause)
        .or(() -> engine.isHealthy() ? Optional.empty() : Optional.of("the engine has stopped"));
  }

  private static Start refused(Admission.Reason reason, String detail) {
    return switch (reason) {
      case QUEUE_FULL -> new Start.Busy(detail);
      case PROMPT_TOO_LONG, CACHE_TOO_SMALL -> new Start.TooLarge(detail);
      case UNKNOWN_TOKEN, UNKNOWN_ADAPTER, STOPPED ->
          throw new ModelException("The engine refused: " + detail, null);
    };
  }

  /** The tokenizer takes commands from the template alone: what anybody said spells none. */
  private TokenIds encode(Prompt prompt) {
    List<Message> said = prompt.messages().stream().map(this::harmless).toList();
    List<ToolFace> tools =
        prompt.tools().stream()
            .map(tool ->
                new ToolFace(
                    tool.name(),
                    commands.enclosed(tool.description()),
                    commands.enclosed(tool.parameters())))
            .toList();
    return model.tokenizer().encodePrompt(writer.write(new Prompt(said, prompt.at(), tools)));
  }

  private Message harmless(Message message) {
    Message.Call call = message.call();
    Message.Call safe =
        call == null
            ? null
            : new Message.Call(
                call.id(), commands.enclosed(call.tool()), commands.enclosed(call.arguments()));
    String text =
        switch (message.role()) {
          case MEMORY, TOOL -> commands.enclosed(message.text());
          case SYSTEM, USER, ASSISTANT -> commands.harmless(message.text());
        };
    return new Message(message.role(), text, safe);
  }

  private Grounding grounding(Grounds grounds) {
    List<Source> sources = grounds.lines().stream().map(MemoryLine::source).toList();
    return new Grounding(model.tokenizer(), sources, grounds.question());
  }

  /** What is left open is switched off; every candidate has noise of its own. */
  private static SamplingParams params(SamplingOptions options, int candidate) {
    return new SamplingParams(
        options.temperature() == null ? 1 : options.temperature().floatValue(),
        options.topK() == null ? 0 : options.topK(),
        atLeastLeast(options.topP()),
        options.minP() == null ? 0 : options.minP().floatValue(),
        atLeastLeast(options.shaping().typicalP()),
        Boolean.TRUE.equals(options.shaping().sparsemax())
            ? Distribution.SPARSEMAX
            : Distribution.SOFTMAX,
        penalties(options.shaping()),
        new LogitBias(
            options.shaping().logitBias().stream()
                .map(each -> new LogitBias.Entry(each.token(), (float) each.bias()))
                .toList()),
        (options.seed() == null ? 0 : options.seed()) + candidate * SEED_STEP);
  }

  /** The whole answer so far counts. */
  private static Penalties penalties(Shaping shaping) {
    return new Penalties(
        atLeastLeast(shaping.repetitionPenalty()),
        shaping.presencePenalty() == null ? 0 : shaping.presencePenalty().floatValue(),
        shaping.frequencyPenalty() == null ? 0 : shaping.frequencyPenalty().floatValue(),
        Integer.MAX_VALUE);
  }

  /** A number above 0 stays above 0 when it becomes a float; what is left open is 1. */
  private static float atLeastLeast(@Nullable Double number) {
    return number == null ? 1 : Math.max(Float.MIN_VALUE, number.floatValue());
  }

  private static String sha256(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
