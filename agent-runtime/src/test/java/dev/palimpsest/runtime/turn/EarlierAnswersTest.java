package dev.palimpsest.runtime.turn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.palimpsest.memory.session.Session;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.ScriptedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a model is told of what was answered before it was there. */
@Timeout(60)
class EarlierAnswersTest {
  @Test
  void aModelIsToldOnceWhatItsTenantWasAnswered() throws InterruptedException {
    try (RunnerRig rig = new RunnerRig()) {
      Session first = rig.session();
      Session second = rig.session();
      List<String> said = new ArrayList<>();
      said.add(rig.result(first, RunnerRig.request("one", null)).output());
      said.add(rig.result(first, RunnerRig.request("two", null)).output());
      said.add(rig.result(second, RunnerRig.request("three", null)).output());
      ScriptedModel next = new ScriptedModel(200, "fingerprint-a");
      Semaphore gate = next.gated();
      rig.restart(ModelSlot.of(next));
      RunningTurn fourth = rig.running(second, RunnerRig.request("four", null));
      assertEquals(said, next.learnt());
      gate.release(1_000);
      assertEquals(TurnStatus.DONE, RunnerRig.ended(fourth).status());
      assertEquals(TurnStatus.DONE, rig.result(second, RunnerRig.request("five", null)).status());
      assertFalse(next.isToldMore());
    }
  }
}
