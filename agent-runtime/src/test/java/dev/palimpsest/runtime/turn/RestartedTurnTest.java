package dev.palimpsest.runtime.turn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.EngineConfig;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.Usage;
import dev.palimpsest.runtime.bridge.LocalModel;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.SessionCaches;
import dev.palimpsest.runtime.bridge.SessionSnapshots;
import dev.palimpsest.runtime.bridge.TestModel;
import dev.palimpsest.runtime.ops.SnapshotMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Turns of the small trained model before and after the end of a process. */
class RestartedTurnTest {
  private static final EngineConfig SIZES =
      new EngineConfig(512, 1 << 24, 4, 16, 64, 64, 0, 1L << 30);
  private static final String STORY = "Once upon a time there was a little dog. ".repeat(8);

  @TempDir Path folder;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  private SessionSnapshots snapshots(long quotaBytes) {
    return new SessionSnapshots(
        folder.resolve("kv"), quotaBytes, InstantSource.system(), new SnapshotMetrics(meters));
  }

  private static LocalModel model(SessionSnapshots snapshots) {
    return LocalModel.open(
        TestModel.file(), new LocalModel.Options("scalar", 1, SIZES, List.of()), snapshots);
  }

  /** The answers of two turns, the process ending between them, and what the second one took. */
  private TurnResult secondTurn(RunnerRig rig, Session session, SessionSnapshots snapshots)
      throws InterruptedException {
    try (LocalModel first = model(snapshots)) {
      rig.restart(new ModelSlot.Loaded(first.texts()));
      TurnResult answered = rig.result(session, RunnerRig.request(STORY, null));
      assertEquals(0, answered.usage().cachedTokens());
    }
    try (LocalModel second = model(snapshots)) {
      rig.restart(new ModelSlot.Loaded(second.texts()));
      return rig.result(session, RunnerRig.request("And then?", null));
    }
  }

  @Test
  void whatIsForgottenIsComputedAnew() throws InterruptedException {
    try (RunnerRig rig = new RunnerRig();
        LocalModel model = model(snapshots(0))) {
      rig.restart(new ModelSlot.Loaded(model.texts()));
      Session session = rig.session();
      TurnResult first = rig.result(session, RunnerRig.request(STORY, null));
      assertEquals(0, first.usage().cachedTokens());
      SessionCaches caches = new SessionCaches(snapshots(0), new ModelSlot.Loaded(model.texts()));
      assertTrue(rig.result(session, RunnerRig.request("Why?", null)).usage().cachedTokens() > 0);
      assertTrue(caches.forget(RunnerRig.TENANT, session.id()).pages() > 0);
      assertEquals(0, caches.forgetAll(RunnerRig.TENANT).pages());
      TurnResult anew = rig.result(session, RunnerRig.request("And then?", null));
      assertEquals(0, anew.usage().cachedTokens());
    }
  }

  @Test
  void afterARestartASessionGoesOnWithoutBeingComputedAnew() throws InterruptedException {
    try (RunnerRig rig = new RunnerRig()) {
      Session session = rig.session();
      SessionSnapshots snapshots = snapshots(1 << 24);
      Usage usage = secondTurn(rig, session, snapshots).usage();
      assertTrue(usage.inputTokens() > 100, usage::toString);
      assertTrue(usage.prefilledTokens() < usage.inputTokens() / 2, usage::toString);
      assertEquals(usage.inputTokens(), usage.cachedTokens() + usage.prefilledTokens());
      assertEquals(
          usage.cachedTokens(),
          meters.counter("palimpsest.snapshot.tokens", "result", "loaded").count());
      assertEquals(1, snapshots.files());
      snapshots.forget(RunnerRig.TENANT, rig.session(NewSession.PLAIN).id());
      assertEquals(1, snapshots.files());
      snapshots.forget(RunnerRig.TENANT, session.id());
      assertEquals(0, snapshots.files());
    }
  }

  @Test
  void theAnswerIsTheOneThatItWouldHaveBeen() throws InterruptedException {
    try (RunnerRig kept = new RunnerRig();
        RunnerRig computed = new RunnerRig()) {
      TurnResult expected = secondTurn(computed, computed.session(), snapshots(0));
      assertEquals(0, expected.usage().cachedTokens());
      TurnResult result = secondTurn(kept, kept.session(), snapshots(1 << 24));
      assertTrue(result.usage().cachedTokens() > 0, () -> result.usage().toString());
      assertEquals(expected.output(), result.output());
    }
  }
}
