package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.palimpsest.engine.model.Adapter;
import dev.palimpsest.engine.model.TinyAdapters;
import dev.palimpsest.engine.model.TinyModels;
import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.token.TokenIds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Adapters chosen by requests: different ones side by side, and nothing of one under another. */
class EngineAdapterTest {
  private static final EngineConfig SIZES = Rig.config(24, 6, 8, 16, 1_000);
  private static final String PROMPT =
      "a prompt that fills two pages and some more of a third one. ".repeat(2);
  private static final String FIRST = "adapter 1";
  private static final String SECOND = "adapter 2";

  @TempDir Path folder;

  private Rig rig;
  private SnapshotRig snapshots;
  private List<Adapter> adapters;

  @BeforeEach
  void open() {
    rig = Rig.llama(folder);
    snapshots = new SnapshotRig(folder.resolve("kv"));
    adapters = new ArrayList<>();
    for (int seed = 1; seed <= 2; seed++) {
      Path file = TinyAdapters.write(folder, rig.model().file(), 2 + seed, seed);
      adapters.add(Adapter.open(file, rig.model().weights()));
    }
  }

  @AfterEach
  void close() {
    adapters.forEach(Adapter::close);
    rig.close();
  }

  private Engine engine(List<Adapter> with) {
    return new Engine(SIZES, rig.model(), rig.backend(), snapshots::nanos, snapshots.parts(), with);
  }

  private static GenerationRequest request(@Nullable String adapter) {
    TokenIds prompt = Rig.request(PROMPT.substring(0, 90), 1).prompt();
    return new GenerationRequest(prompt, SamplingParams.GREEDY, 12, List.of()).under(adapter);
  }

  private static Answers answer(Engine engine, GenerationRequest request) {
    Answers answers = Answers.accepted(engine, request);
    Rig.drain(engine);
    return answers.readAll();
  }

  @Test
  void requestsSideBySideGetWhatTheyGetAlone() {
    List<TokenIds> alone = new ArrayList<>();
    List<@Nullable String> names = new ArrayList<>(List.of(FIRST, SECOND));
    names.add(null);
    for (String name : names) {
      List<Adapter> with = name == null ? List.of() : adapters;
      try (Engine engine = engine(with)) {
        alone.add(answer(engine, request(name)).output());
      }
    }
    assertNotEquals(alone.get(0), alone.get(1));
    assertNotEquals(alone.get(0), alone.get(2));
    try (Engine engine = engine(adapters)) {
      List<Answers> together = new ArrayList<>();
      names.forEach(name -> together.add(Answers.accepted(engine, request(name))));
      names.forEach(name -> together.add(Answers.accepted(engine, request(name))));
      Rig.drain(engine);
      for (int i = 0; i < together.size(); i++) {
        assertEquals(alone.get(i % 3), together.get(i).readAll().output(), "request " + i);
      }
    }
  }

  @Test
  void whatIsCachedUnderAnAdapterIsFoundUnderItAlone() {
    try (Engine engine = engine(adapters)) {
      Answers first = answer(engine, request(FIRST));
      assertEquals(0, first.usage().cachedTokens());
      assertEquals(0, answer(engine, request(null)).usage().cachedTokens());
      assertEquals(0, answer(engine, request(SECOND)).usage().cachedTokens());
      for (String name : List.of(FIRST, SECOND)) {
        assertEquals(64, answer(engine, request(name)).usage().cachedTokens());
      }
      assertEquals(first.output(), answer(engine, request(FIRST)).output());
      assertEquals(64, answer(engine, request(null)).usage().cachedTokens());
    }
  }

  @Test
  void snapshotsUnderAnAdapterAreFoundUnderItAlone() {
    TokenIds expected;
    try (Engine engine = engine(adapters)) {
      Answers answers = answer(engine, request(FIRST));
      expected = answers.output();
      String salt = adapters.getFirst().salt("");
      engine.keep(salt, "session", request(FIRST).prompt().concat(expected));
      Rig.drain(engine);
    }
    assertEquals(1, snapshots.files().size());
    try (Engine engine = engine(adapters)) {
      assertEquals(0, answer(engine, request(null)).usage().cachedTokens());
      assertEquals(0, answer(engine, request(SECOND)).usage().cachedTokens());
      assertEquals(0, engine.stats().loadedTokens());
      Answers found = answer(engine, request(FIRST));
      assertEquals(expected, found.output());
      assertEquals(64, found.usage().cachedTokens());
      assertEquals(64, engine.stats().loadedTokens());
    }
  }

  @Test
  void unknownAdaptersAndTwoOfOneNameAreRefused() {
    try (Engine engine = engine(adapters)) {
      var refused = assertInstanceOf(Admission.Refused.class, engine.submit(request("other")));
      assertEquals(Admission.Reason.UNKNOWN_ADAPTER, refused.reason());
    }
    List<Adapter> twice = List.of(adapters.getFirst(), adapters.getFirst());
    assertThrows(IllegalArgumentException.class, () -> engine(twice));
    TokenIds prompt = request(null).prompt();
    String foreign = adapters.getFirst().salt("");
    assertThrows(
        IllegalArgumentException.class,
        () -> new GenerationRequest(prompt, SamplingParams.GREEDY, 1, List.of(), null, foreign));
  }

  @Test
  void memoryOfAdaptersIsInThePlan() {
    long before = rig.backend().workspaceBytes();
    try (Engine engine = engine(adapters)) {
      MemoryPlan plan = MemoryPlan.of(SIZES, rig.model(), adapters);
      assertEquals(plan, engine.plan());
      assertEquals(TinyModels.CONTEXT, engine.contextTokens());
      assertEquals(plan.workspaceBytes(), rig.backend().workspaceBytes() - before);
      long files = adapters.stream().mapToLong(Adapter::bytes).sum();
      assertEquals(MemoryPlan.of(SIZES, rig.model()).weightsBytes() + files, plan.weightsBytes());
    }
  }
}
