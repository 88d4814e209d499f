package dev.palimpsest.engine;

import static dev.palimpsest.engine.CompactionEngineTest.PAST;
import static dev.palimpsest.engine.CompactionEngineTest.answer;
import static dev.palimpsest.engine.CompactionEngineTest.compact;
import static dev.palimpsest.engine.CompactionEngineTest.endless;
import static dev.palimpsest.engine.CompactionEngineTest.past;
import static dev.palimpsest.engine.CompactionEngineTest.tokens;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.backend.AttentionMass;
import dev.palimpsest.engine.schedule.CompactedPast;
import dev.palimpsest.engine.token.TokenIds;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Generations of which it is noted what they look at. */
class AttentionMassTest {
  private static final int PROMPT = PAST + 10;

  @TempDir Path folder;

  /** Behind a compacted beginning too; of other rows than those of the answer nothing is noted. */
  @Test
  void whatAnAnswerLooksAtIsNotedAndChangesNoToken() {
    try (Rig rig = Rig.llama(folder);
        Engine engine = rig.engine(Rig.config(16, 4, 8, 32, 1_000, 4))) {
      int kvHeads = rig.model().architecture().cacheLayout().heads().keyValue();
      TokenIds prompt = tokens(8, PROMPT);
      TokenIds exact = answer(engine, endless(prompt, 20, 3));
      CompactedPast past = past(compact(engine, rig, prompt, 4));
      TokenIds behind = answer(engine, endless(prompt, 20, 3).behind(past));
      for (CompactedPast each : Arrays.asList(null, past)) {
        AttentionMass mass = new AttentionMass(kvHeads, PAST + 40);
        TokenIds output = answer(engine, endless(prompt, 20, 3).behind(each).weighed(mass));
        assertEquals(each == null ? exact : behind, output);
        float[] shares = mass.shares();
        double sum = 0;
        for (int i = 0; i < shares.length; i++) {
          sum += shares[i];
          assertEquals(each == null || i >= PAST || i % 4 == 0, shares[i] > 0, "token " + i);
        }
        assertEquals(1, sum, 1e-4);
        assertTrue(shares.length >= PROMPT + 8 && shares.length <= PROMPT + output.size());
        AttentionMass first = new AttentionMass(kvHeads, PAST + 40);
        TokenIds ignored = answer(engine, endless(prompt, 1, 3).behind(each).weighed(first));
        assertEquals(PROMPT, first.shares().length);
      }
      assertEquals(0, new AttentionMass(kvHeads, 5).shares().length);
    }
  }
}
