package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.kv.StateLayout;
import dev.palimpsest.engine.model.TinyModels;
import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.token.TokenIds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sequences of a model that remembers most of them in a state of one size. */
class HybridEngineTest {
  private static final String TEXT = "The state of a sequence cannot be cut, it can be copied. ";

  @TempDir Path folder;
  private Rig rig;

  @BeforeEach
  void open() {
    rig = new Rig(folder, "qwen35", 1, "vector", 2);
  }

  @AfterEach
  void close() {
    rig.close();
  }

  /** A prompt of so many tokens, of which the first are those of all prompts. */
  private static TokenIds prompt(int length, int common, int other) {
    int[] ids = new int[length];
    for (int i = 0; i < length; i++) {
      int letter = i < common ? TEXT.charAt(i % TEXT.length()) : other + i % 7;
      ids[i] = TinyModels.FIRST_BYTE + letter;
    }
    return TokenIds.of(ids);
  }

  private static GenerationRequest request(TokenIds prompt, int output) {
    return new GenerationRequest(prompt, new SamplingParams(1, 0, 1, 0, 36), output, List.of());
  }

  private static Answers answer(Engine engine, TokenIds prompt, int output) {
    Answers answers = Answers.accepted(engine, request(prompt, output));
    Rig.drain(engine);
    return answers.readAll();
  }

  @Test
  void theNextTurnComputesOnlyWhatIsNew() {
    try (Engine engine = rig.roomy();
        Engine plain = rig.roomy()) {
      TokenIds prompt = prompt(50, 50, 0);
      for (int turn = 0; turn < 4; turn++) {
        Answers answers = answer(engine, prompt, 12);
        assertEquals(answer(plain, prompt, 12).output(), answers.output());
        // All but the last page of what is known, which is not full.
        int known = turn == 0 ? 0 : prompt.size() - 5 - 1;
        assertEquals(known / 32 * 32, answers.usage().cachedTokens(), "turn " + turn);
        prompt = prompt.concat(answers.output()).concat(prompt(5, 0, turn + 5));
      }
    }
  }

  @Test
  void anAnswerThatIsWrittenOtherwiseIsStillThePromptsNextTurn() {
    try (Engine engine = rig.roomy()) {
      Answers answers = answer(engine, prompt(72, 72, 0), 40);
      TokenIds next = prompt(100, 65, 9);
      assertEquals(40, answers.output().size());
      assertEquals(64, answer(engine, next, 1).usage().cachedTokens());
    }
  }

  @Test
  void whereBeginningsPartAStateIsKeptOnceTheyHave() {
    try (Engine engine = rig.roomy();
        Engine plain = rig.roomy()) {
      for (int i = 0; i < 4; i++) {
        TokenIds prompt = prompt(110, 70, 40 + i);
        Answers answers = answer(engine, prompt, 3);
        assertEquals(answer(plain, prompt, 3).output(), answers.output());
        assertEquals(i < 2 ? 0 : 64, answers.usage().cachedTokens(), "prompt " + i);
      }
    }
  }

  @Test
  void theSameTokensComeAloneInABatchAndInPieces() {
    for (String architecture : TinyModels.HYBRIDS) {
      for (String backend : List.of("scalar", "vector")) {
        try (Rig each = new Rig(folder, architecture, 3, backend, 2)) {
          List<TokenIds> expected = outputs(each, 1, 128);
          for (int stepTokens : new int[] {5, 7, 33, 64}) {
            assertEquals(expected, outputs(each, 5, stepTokens), architecture + " " + backend);
          }
        }
      }
    }
  }

  private static List<TokenIds> outputs(Rig rig, int sequences, int stepTokens) {
    List<Answers> all = new ArrayList<>();
    try (Engine engine = rig.engine(Rig.config(32, sequences, 8, stepTokens, 1_000))) {
      for (int i = 0; i < 5; i++) {
        all.add(Answers.accepted(engine, request(prompt(20 * (i + 1), 40, 50 + i), 20)));
      }
      Rig.drain(engine);
    }
    return all.stream().map(each -> each.readAll().output()).toList();
  }

  @Test
  void statesArePartOfThePlan() {
    EngineConfig config = Rig.config(32, 3, 2, 8, 8);
    StateLayout layout = Objects.requireNonNull(rig.model().weights().architecture().stateLayout());
    try (Engine engine = rig.engine(config)) {
      long copies = 32L * Rig.PAGE_BYTES / 4 / layout.stateBytes();
      assertTrue(copies > 2, copies + " copies");
      assertEquals((3 + copies) * layout.stateBytes(), engine.plan().statesBytes());
      assertEquals(32L * Rig.PAGE_BYTES, engine.plan().cacheBytes());
      assertEquals(rig.backend().workspaceBytes(), engine.plan().workspaceBytes());
      assertEquals(MemoryPlan.of(config, rig.model()), engine.plan());
    }
    long total = MemoryPlan.of(config, rig.model()).totalBytes();
    var over = new EngineConfig(128, 32L * Rig.PAGE_BYTES, 3, 2, 8, 8, 0, total - 1);
    assertThrows(IllegalArgumentException.class, () -> rig.engine(over));
    try (Rig dense = Rig.llama(folder)) {
      assertEquals(0, MemoryPlan.of(config, dense.model()).statesBytes());
    }
  }
}
