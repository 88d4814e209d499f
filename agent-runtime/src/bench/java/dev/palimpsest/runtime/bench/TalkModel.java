package dev.palimpsest.runtime.bench;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.AgentId;
import dev.palimpsest.memory.session.Confidence;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.runtime.bridge.Answering;
import dev.palimpsest.runtime.bridge.Citation;
import dev.palimpsest.runtime.bridge.Grounds;
import dev.palimpsest.runtime.bridge.Manner;
import dev.palimpsest.runtime.bridge.ModelCard;
import dev.palimpsest.runtime.bridge.Prompt;
import dev.palimpsest.runtime.bridge.SessionPasts;
import dev.palimpsest.runtime.bridge.TextModel;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Answers with what somebody said next in a real conversation, at once and as a whole. A token is
 * four characters; the window is 8,192 of them and ten memories are read, as by the bundled model's
 * kin. Its answers are told by the benchmark, one for each turn.
 */
final class TalkModel implements TextModel {
  private static final int CHARACTERS_PER_TOKEN = 4;
  private static final int CONTEXT_TOKENS = 8_192;
  private static final int MEMORIES_MAX = 10;

  private volatile String next = "Well.";

  /** What it answers next. */
  void says(String text) {
    next = text;
  }

  @Override
  public ModelCard card() {
    return new ModelCard(
        "talk",
        "none",
        "none",
        0,
        CONTEXT_TOKENS,
        0,
        Instant.EPOCH,
        ModelCard.Grounding.NEVER,
        MEMORIES_MAX);
  }

  @Override
  public String fingerprint() {
    return "0".repeat(64);
  }

  @Override
  public Optional<String> templateFingerprint() {
    return Optional.empty();
  }

  @Override
  public String harmless(String text) {
    return text;
  }

  @Override
  public int tokens(Prompt prompt) {
    return prompt.messages().stream()
        .mapToInt(message -> message.text().length() / CHARACTERS_PER_TOKEN + 4)
        .sum();
  }

  @Override
  public Start answer(
      TenantId reader, SessionId session, Prompt prompt, Manner manner, @Nullable Grounds grounds) {
    return new Start.Begun(new Said(tokens(prompt), next));
  }

  @Override
  public void keep(TenantId reader, SessionId session, Prompt next) {}

  @Override
  public void learn(TenantId reader, @Nullable AgentId agent, List<String> answers) {}

  @Override
  public int forget(TenantId reader) {
    return 0;
  }

  @Override
  public Optional<SessionPasts> pasts() {
    return Optional.empty();
  }

  @Override
  public Optional<String> failure() {
    return Optional.empty();
  }

  private record Said(int input, String text) implements Answering {
    @Override
    public Piece take() {
      return new Piece(text, End.STOP);
    }

    @Override
    public void cancel() {}

    @Override
    public Cost cost() {
      return new Cost(input, 0, input, text.length() / CHARACTERS_PER_TOKEN + 1);
    }

    @Override
    public List<Citation> citations() {
      return List.of();
    }

    @Override
    public Optional<Confidence> confidence() {
      return Optional.of(new Confidence(9, -0.5, -2.0, 0.9, 2.1, null, null));
    }
  }
}
