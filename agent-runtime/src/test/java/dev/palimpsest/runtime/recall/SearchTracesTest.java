package dev.palimpsest.runtime.recall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.tree.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SearchTracesTest {
  private static final TenantId ONE = new TenantId("one");
  private static final TenantId OTHER = new TenantId("other");

  private final SearchTraces traces = new SearchTraces();

  @Test
  void tenantsSeeTheirOwnAndTheOldestAreForgotten() {
    SearchTraces.Kept first = kept("trc_0", 1);
    traces.keep(ONE, first);
    assertEquals(Optional.of(first), traces.find(ONE, "trc_0"));
    assertEquals(Optional.empty(), traces.find(OTHER, "trc_0"));
    for (int i = 1; i < SearchTraces.TRACES_MAX; i++) {
      traces.keep(ONE, kept("trc_" + i, 1));
    }
    assertTrue(traces.find(ONE, "trc_0").isPresent());
    traces.keep(ONE, kept("trc_new", 1));
    assertEquals(Optional.empty(), traces.find(ONE, "trc_0"));
    assertTrue(traces.find(ONE, "trc_1").isPresent());
  }

  @Test
  void aTenantIsForgottenAndNoOther() {
    traces.keep(ONE, kept("trc_1", 1));
    traces.keep(OTHER, kept("trc_2", 1));
    assertEquals(1, traces.forget(ONE));
    assertEquals(0, traces.forget(ONE));
    assertEquals(Optional.empty(), traces.find(ONE, "trc_1"));
    assertTrue(traces.find(OTHER, "trc_2").isPresent());
  }

  @Test
  void bytesAreBounded() {
    int nodes = 1000;
    for (int i = 0; i < 100; i++) {
      traces.keep(ONE, kept("trc_" + i, nodes));
    }
    long left =
        List.of(0, 50, 99).stream().filter(i -> traces.find(ONE, "trc_" + i).isPresent()).count();
    assertEquals(1, left);
    traces.keep(ONE, kept("trc_huge", 100_000));
    assertEquals(Optional.empty(), traces.find(ONE, "trc_huge"));
    assertTrue(traces.find(ONE, "trc_99").isPresent());
  }

  private static SearchTraces.Kept kept(String id, int count) {
    List<Trace.Node> nodes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      nodes.add(new Trace.Node(i, null, null, 1, 1, 0, 0, List.of(), 0));
    }
    Trace trace = new Trace(Trace.Verdict.SEARCHED, nodes, 0);
    return new SearchTraces.Kept(id, Scope.NONE, RecallMode.MCTS, "?", 0, trace);
  }
}
