package dev.palimpsest.retrieval.selftest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.InMemoryMemory;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.Stored;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.retrieval.Explanation;
import dev.palimpsest.retrieval.Hit;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.RecallQuery;
import dev.palimpsest.retrieval.Recalled;
import dev.palimpsest.retrieval.selftest.SelfTestReport.Missed;
import dev.palimpsest.retrieval.selftest.SelfTestReport.Score;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Against a search that knows which memories have all words of a question, less those it lost. */
final class SelfTestTest {
  private static final TenantId TENANT = TenantId.DEFAULT;

  private final TestClock clock = new TestClock();
  private final MemoryStore store = new InMemoryMemory(clock, new CountingIds()).memories();
  private final Set<MemoryId> lost = new HashSet<>();
  private final List<RecallQuery> asked = new ArrayList<>();
  private Duration answerTakes = Duration.ZERO;
  private final SelfTest test = new SelfTest(store, (tenant, query) -> answer(query), clock);

  @Test
  void whatIsThereComesBackFirst() {
    for (int i = 0; i < 30; i++) {
      add(Scope.NONE, "the lantern number" + i + " hangs over harbour" + i + " in winter");
    }
    SelfTestReport report = test.run(TENANT, plan(20, 1));
    assertEquals(30, report.seen());
    assertEquals(20, report.asked());
    assertTrue(report.isWhole());
    assertEquals(1, score(report, QuestionForm.PASSAGE).amongTen());
    assertEquals(1, score(report, QuestionForm.PASSAGE).first());
    assertEquals(0, score(report, QuestionForm.MISSPELT).amongTen(), "no word is quite right");
    assertEquals(report, test.run(TENANT, plan(20, 1)), "the same seed, the same report");
    assertFalse(report.equals(test.run(TENANT, plan(20, 2))));
  }

  @Test
  void whatIsLostIsNamed() {
    List<MemoryId> ids = new ArrayList<>();
    for (String name : List.of("anna", "bruno", "clara", "david")) {
      ids.add(add(Scope.NONE, name + " repairs old clocks somewhere"));
    }
    lost.add(ids.get(2));
    SelfTestReport report = test.run(TENANT, plan(4, 1));
    assertEquals(0.75, score(report, QuestionForm.WORDS).amongTen(), 1e-9);
    assertTrue(
        report.missed().contains(new Missed(ids.get(2), QuestionForm.WORDS, RecallMode.LEXICAL)));
    assertTrue(
        report.missed().stream()
            .noneMatch(
                one -> one.form() == QuestionForm.WORDS && !one.memory().equals(ids.get(2))));
  }

  @Test
  void whoeverSaysTheSameIsAsGoodAnAnswer() {
    MemoryId first = add(Scope.NONE, "Nobody painted the garden fence");
    MemoryId second = add(Scope.NONE, "nobody  painted the garden fence");
    lost.add(first);
    SelfTestReport report = test.run(TENANT, plan(2, 1));
    assertEquals(1, score(report, QuestionForm.WORDS).first(), "found as " + second);
  }

  @Test
  void whatSaysTooLittleOrIsSomebodyElsesIsNotAskedFor() {
    MemoryId hers = add(new Scope("ada", null, null), "Her secret drawer holds letters");
    add(new Scope("bo", null, null), "His secret drawer holds stamps");
    add(Scope.NONE, "Yes, it is so");
    SelfTestReport report =
        test.run(
            TENANT,
            new SelfTestPlan(
                new Scope("ada", null, null),
                10,
                1,
                List.of(RecallMode.LEXICAL),
                Duration.ofMinutes(1)));
    assertEquals(1, report.seen());
    assertTrue(asked.stream().allMatch(one -> one.filter().scope().equals(scopeOf(hers))));
    assertEquals(0, test.run(new TenantId("other"), plan(10, 1)).asked());
  }

  @Test
  void theTimeIsKept() {
    for (int i = 0; i < 10; i++) {
      add(Scope.NONE, "memory number" + i + " about somebody quite unknown");
    }
    answerTakes = Duration.ofSeconds(10);
    SelfTestReport report = test.run(TENANT, plan(10, 1));
    assertFalse(report.isWhole());
    assertEquals(2, report.asked(), "three questions of ten seconds each, within a minute");
  }

  private Scope scopeOf(MemoryId id) {
    return store.find(TENANT, id, null).orElseThrow().scope();
  }

  private static SelfTestPlan plan(int memories, long seed) {
    return new SelfTestPlan(
        Scope.NONE, memories, seed, List.of(RecallMode.LEXICAL), Duration.ofMinutes(1));
  }

  private static Score score(SelfTestReport report, QuestionForm form) {
    return report.scores().stream().filter(one -> one.form() == form).findFirst().orElseThrow();
  }

  private MemoryId add(Scope scope, String text) {
    NewMemory memory =
        new NewMemory(
            scope,
            MemoryKind.EPISODE,
            new Origin("notes", null, null, 0),
            MemoryText.of(text),
            null);
    Stored stored = store.add(TENANT, List.of(memory)).getFirst();
    return stored.id();
  }

  private Recalled answer(RecallQuery query) {
    clock.advance(answerTakes);
    asked.add(query);
    Set<String> wanted = new HashSet<>(words(query.text()));
    List<Hit> hits =
        store.list(TENANT, query.filter(), 1000, null).data().stream()
            .filter(memory -> !lost.contains(memory.id()))
            .filter(memory -> words(memory.text()).containsAll(wanted))
            .limit(query.k())
            .map(SelfTestTest::hit)
            .toList();
    return new Recalled(hits, 0, false);
  }

  private static Hit hit(Memory memory) {
    return new Hit(memory, 1, new Explanation(List.of()));
  }

  private static List<String> words(String text) {
    return Stream.of(text.toLowerCase(Locale.ROOT).split("\\W+")).toList();
  }
}
