package dev.palimpsest.engine;

import dev.palimpsest.engine.draft.Drafter;
import dev.palimpsest.engine.draft.Payoff;
import dev.palimpsest.engine.draft.Phrases;
import dev.palimpsest.engine.draft.StepCosts;
import dev.palimpsest.engine.schedule.Scheduler;
import dev.palimpsest.engine.schedule.Sequence;
import dev.palimpsest.engine.token.TokenIds;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Guesses the next tokens of running generations, where that pays: while nothing else is to be
 * computed, a few tokens behind the last one of each, which cost less in its step than in steps of
 * their own. What was generated is remembered by salt, like everything that one request may learn
 * from another, and within it by voice. {@link #learn} may be called by any thread, all else by the
 * engine thread.
 */
final class Drafting {
  /** Tokens of earlier output that are remembered of one voice; about 100 bytes each. */
  private static final int PHRASES_TOKENS_MAX = 16_384;

  private static final int VOICES_MAX = 64;

  /** Texts that wait to be learnt; one more is passed over. */
  private static final int LESSONS_MAX = 4_096;

  /** Tokens of a prompt that are read in one step: a millisecond. */
  private static final int READ_MAX = 4_096;

  private static final float LOAD_FACTOR = 0.75f;

  private final int tokensMax;
  private final int stepTokensMax;
  private final int[] guesses;
  private final StepCosts costs = new StepCosts();
  private final Map<Voice, Habits> habits =
      new LinkedHashMap<>(VOICES_MAX, LOAD_FACTOR, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Voice, Habits> eldest) {
          return size() > VOICES_MAX;
        }
      };

  private final Queue<Lesson> lessons = new ArrayBlockingQueue<>(LESSONS_MAX);

  private long drafted;
  private long accepted;

  /** Whose texts resemble each other. */
  private record Voice(String salt, String name) {}

  /** What is known of a voice's texts. */
  private record Habits(Phrases phrases, Payoff payoff) {}

  private record Lesson(Voice voice, TokenIds text) {}

  Drafting(EngineConfig config) {
    tokensMax = config.draftTokensMax();
    stepTokensMax = config.stepTokensMax();
    guesses = new int[tokensMax];
  }

  /** For a generation that begins, null where nothing is guessed. */
  @Nullable Drafter begin(String salt, String voice) {
    if (tokensMax == 0) {
      return null;
    }
    Habits known = habits(new Voice(salt, voice));
    return new Drafter(known.phrases(), known.payoff());
  }

  private Habits habits(Voice voice) {
    return habits.computeIfAbsent(
        voice, name -> new Habits(new Phrases(PHRASES_TOKENS_MAX), new Payoff()));
  }

  /** Remembers what was generated earlier, from the next step on. */
  void learn(String salt, String voice, TokenIds text) {
    if (tokensMax > 0 && !text.isEmpty()) {
      boolean ignored = lessons.offer(new Lesson(new Voice(salt, voice), text));
    }
  }

  /** Remembers what waits to be learnt. */
  void advance() {
    for (Lesson next = lessons.poll(); next != null; next = lessons.poll()) {
      habits(next.voice()).phrases().add(next.text());
    }
  }

  /** Adds guesses to the next step. */
  void propose(List<Running> running, Scheduler scheduler) {
    if (tokensMax == 0) {
      return;
    }
    int wanting = 0;
    for (int i = 0; i < running.size(); i++) {
      read(running.get(i));
      wanting += running.get(i).sequence().isPaused() ? 0 : 1;
    }
    int left = Math.min(tokensMax, stepTokensMax - wanting);
    if (wanting == 0 || !scheduler.isDecoding()) {
      return;
    }
    double rowCost = costs.ofRow(wanting);
    for (int i = 0; i < running.size() && left > 0; i++) {
      Running each = running.get(i);
      int most = Math.min(left, Math.max(1, tokensMax / wanting));
      left -= propose(each, scheduler, most, rowCost);
    }
  }

  private static void read(Running each) {
    Drafter drafter = each.drafter();
    Sequence sequence = each.sequence();
    if (drafter != null) {
      int end = Math.min(sequence.length(), drafter.size() + READ_MAX);
      for (int i = drafter.size(); i < end; i++) {
        drafter.read(sequence.token(i));
      }
    }
  }

  private int propose(Running each, Scheduler scheduler, int most, double rowCost) {
    Drafter drafter = each.drafter();
    Sequence sequence = each.sequence();
    if (drafter == null || drafter.size() < sequence.length()) {
      return 0;
    }
    int room = Math.min(scheduler.draftsMax(sequence), each.generation().outboxRoom() - 1);
    int count = room <= 0 ? 0 : drafter.propose(guesses, Math.min(most, room), rowCost);
    if (count > 0) {
      scheduler.draft(sequence, guesses, count);
    }
    return count;
  }

  /** Takes note of a step in which every row was wanted or guessed. */
  void stepped(int rows, long nanos) {
    costs.stepped(rows, nanos);
  }

  /** Takes note of how many of the last guesses came true. */
  void judged(Running each, int proposed, int came) {
    drafted += proposed;
    accepted += came;
    Drafter drafter = each.drafter();
    if (drafter != null) {
      drafter.judged(proposed, came);
    }
  }

  /** Remembers what was generated; nobody has forgotten its salt since it began. */
  void finished(String salt, String voice, TokenIds output) {
    Habits known = habits.get(new Voice(salt, voice));
    if (known != null && !output.isEmpty()) {
      known.phrases().add(output);
    }
  }

  /** Forgets what was generated under a salt; who runs now is not remembered either. */
  void forget(String salt) {
    boolean ignored = lessons.removeIf(lesson -> lesson.voice().salt().equals(salt));
    ignored |= habits.keySet().removeIf(voice -> voice.salt().equals(salt));
  }

  /** Tokens that were guessed so far. */
  long drafted() {
    return drafted;
  }

  /** Those of them that came true. */
  long accepted() {
    return accepted;
  }
}
