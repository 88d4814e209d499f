package dev.palimpsest.runtime.bridge;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.AgentId;
import dev.palimpsest.memory.session.CompactionId;
import dev.palimpsest.memory.session.SessionId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a turn asks of a language model, wherever it runs. Safe for many threads; {@link #tokens}
 * takes milliseconds, {@link #answer} returns at once, or when a file with a compacted beginning is
 * read.
 */
public interface TextModel {
  /** What is told about it. */
  ModelCard card();

  /**
   * Names the weights: equal fingerprints and seeds give equal answers. Blocks while a large file
   * is read for the first time.
   */
  String fingerprint();

  /** Names the chat template, where the model has one. */
  Optional<String> templateFingerprint();

  /**
   * A text from outside with everything changed that the model would read as a command rather than
   * as words (the marks between messages and within them, the end of a text); as long as before,
   * unit by unit.
   */
  String harmless(String text);

  /**
   * How many tokens the model would read for this conversation, with the opening of its answer.
   *
   * @throws ModelException when the model's template refuses the conversation
   */
  int tokens(Prompt prompt);

  /** Whether it can be told of tools, and writes calls as {@link ToolFormat} says. */
  default boolean callsTools() {
    return false;
  }

  /**
   * Begins an answer.
   *
   * @param reader who may learn, by the time it takes, what was computed before, and nobody else
   * @param session whose conversation it is
   * @param compaction what the log says last of the session's window; where the prompt begins with
   *     what is left of that, the answer goes on from there. Null for an exact answer
   * @param manner how it is to be made
   * @param grounds what the answer may be made of, null for an answer in the model's own words
   * @throws ModelException when the model's template refuses the conversation, or grounds are given
   *     and {@link ModelCard#canGround} is false
   */
  Start answer(
      TenantId reader,
      SessionId session,
      @Nullable CompactionId compaction,
      Prompt prompt,
      Manner manner,
      @Nullable Grounds grounds);

  /**
   * Asks for what was computed for a conversation to be kept beyond the life of the process, as far
   * as that pays; what begins alike is then answered sooner, for the same tenant alone. Returns at
   * once, and whether anything is kept is never told.
   *
   * @param reader who may read it
   * @param session whose it is; what is kept last takes the place of what was kept before
   * @param next the conversation as the next turn will read it, as far as that is known
   */
  void keep(TenantId reader, SessionId session, Prompt next);

  /**
   * Tells what a tenant was answered before, so that the like is written faster; returns at once,
   * and no answer depends on it.
   *
   * @param agent who answered so, null for none
   * @param answers oldest first
   */
  void learn(TenantId reader, @Nullable AgentId agent, List<String> answers);

  /**
   * Forgets what was computed for a tenant's conversations, unless an answer is being made of it
   * now; it is forgotten when this returns, which may take as long as a step of the model.
   *
   * @return how many pages were forgotten
   */
  int forget(TenantId reader);

  /** What makes the beginnings of sessions shorter; empty where the model's cache is not ours. */
  Optional<SessionPasts> pasts();

  /** Whether it can still answer, and if not why. */
  Optional<String> failure();

  /** How asking for an answer went. */
  sealed interface Start {
    /**
     * The model is at work.
     *
     * @param answering where the words come out
     */
    record Begun(Answering answering) implements Start {}

    /**
     * Not now; the same call may succeed later.
     *
     * @param detail what is full
     */
    record Busy(String detail) implements Start {}

    /**
     * Never with these lengths.
     *
     * @param detail what does not fit
     */
    record TooLarge(String detail) implements Start {}
  }
}
