package dev.palimpsest.runtime.turn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.session.Agent;
import dev.palimpsest.memory.session.AgentCreation;
import dev.palimpsest.memory.session.AgentSettings;
import dev.palimpsest.memory.session.NewAgent;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.ScriptedModel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
      assertEquals(new ScriptedModel.Learnt(null, said), next.learnt());
      gate.release(1_000);
      assertEquals(TurnStatus.DONE, RunnerRig.ended(fourth).status());
      assertEquals(TurnStatus.DONE, rig.result(second, RunnerRig.request("five", null)).status());
      assertFalse(next.isToldMore());
    }
  }

  @Test
  void whatAnAgentAnsweredIsToldAsIts() throws InterruptedException {
    try (RunnerRig rig = new RunnerRig()) {
      AgentSettings settings = new AgentSettings("helper", "Be kind.", null, null, List.of());
      Agent agent =
          assertInstanceOf(
                  AgentCreation.Created.class,
                  rig.memory
                      .agents()
                      .create(RunnerRig.TENANT, new NewAgent(settings, Scope.NONE, null)))
              .agent();
      Session its =
          rig.session(new NewSession(null, null, null, Scope.NONE, null, null, null, null, agent));
      Session nobodys = rig.session();
      String first = rig.result(its, RunnerRig.request("one", null)).output();
      String second = rig.result(nobodys, RunnerRig.request("two", null)).output();
      ScriptedModel next = new ScriptedModel(200, "fingerprint-a");
      Semaphore gate = next.gated();
      rig.restart(ModelSlot.of(next));
      RunningTurn third = rig.running(nobodys, RunnerRig.request("three", null));
      assertEquals(
          Set.of(
              new ScriptedModel.Learnt(agent.id(), List.of(first)),
              new ScriptedModel.Learnt(null, List.of(second))),
          told(next, 2));
      gate.release(1_000);
      assertEquals(TurnStatus.DONE, RunnerRig.ended(third).status());
    }
  }

  private static Set<ScriptedModel.Learnt> told(ScriptedModel model, int times)
      throws InterruptedException {
    Set<ScriptedModel.Learnt> told = new HashSet<>();
    for (int i = 0; i < times; i++) {
      told.add(model.learnt());
    }
    return told;
  }
}
