package dev.palimpsest.retrieval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryFilter;
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
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What every {@link Recall} does, over a store that others write to all the time. */
public abstract class RecallContract {
  private static final int WRITERS = 4;
  private static final List<RecallMode> MODES = List.of(RecallMode.values());
  private static final MemoryFilter ALL = MemoryFilter.of(Scope.NONE);

  /** For subclasses. */
  protected RecallContract() {}

  /** The store it recalls from. */
  protected abstract MemoryStore store();

  /** What is tested; its indexes follow by themselves. */
  protected abstract Recall recall();

  /** The clock of the store. */
  protected abstract TestClock clock();

  /** A tenant nobody has used. */
  protected abstract TenantId freshTenant();

  @Test
  void whatWasWrittenIsFoundInEveryModeAndExplained() {
    TenantId tenant = freshTenant();
    say(tenant, 0, "Ada", "The garden has new roses.");
    say(tenant, 1, "Bo", "I went camping in the mountains.");
    say(tenant, 2, "Ada", "Pottery class was fun.");
    for (RecallMode mode : MODES) {
      Recalled found = recall().recall(tenant, query("camped mountains", ALL, 2, mode));
      assertEquals("I went camping in the mountains.", first(found).memory().text(), mode.name());
      assertFalse(found.isLagging());
      for (Hit hit : found.hits()) {
        assertEquals(hit.score(), hit.explanation().total(), 1e-9);
      }
    }
  }

  @Test
  void aTenantWithoutMemoriesFindsNothing() {
    Recalled found = recall().recall(freshTenant(), query("roses", ALL, 5, RecallMode.HYBRID));
    assertEquals(new Recalled(List.of(), 0, false), found);
  }

  @Test
  void answerNextToAQuestionIsLiftedByIt() {
    TenantId tenant = freshTenant();
    say(tenant, 0, "Ada", "What did you research for the adoption?");
    say(tenant, 1, "Bo", "Agencies that help everybody.");
    say(tenant, 7, "Bo", "Shoes that last for years.");
    say(tenant, 8, "Ada", "Rain again.");
    Recalled found = recall().recall(tenant, query("adoption research", ALL, 4, RecallMode.HYBRID));
    Hit answer = hit(found, "Agencies that help everybody.");
    assertTrue(answer.score() > hit(found, "Shoes that last for years.").score());
    assertTrue(answer.explanation().parts().stream().anyMatch(p -> p.signal().equals("answer")));
  }

  @Test
  void whoIsNamedIsPreferred() {
    TenantId tenant = freshTenant();
    say(tenant, 0, "Ada", "The roses are red.");
    say(tenant, 40, "Bo", "The roses are red.");
    Recalled found =
        recall().recall(tenant, query("Which roses does Bo like?", ALL, 2, RecallMode.HYBRID));
    assertEquals("Bo", first(found).memory().content().speaker());
  }

  @Test
  void correctionReplacesWhatItCorrectsButNotThePast() {
    TenantId tenant = freshTenant();
    MemoryId id = say(tenant, 0, "Ada", "I live in Bern.");
    Instant before = clock().instant();
    clock().advance(Duration.ofDays(1));
    store().revise(tenant, id, MemoryText.of("I live in Basel.").saidBy("Ada"));
    for (RecallMode mode : MODES) {
      assertEquals("I live in Basel.", only(tenant, "live", ALL, mode).text());
      assertEquals("I live in Bern.", only(tenant, "live", asOf(before), mode).text());
    }
    assertEquals(
        List.of(), recall().recall(tenant, query("Bern", ALL, 5, RecallMode.LEXICAL)).hits());
  }

  @Test
  void erasedMemoryIsNeverFoundAgain() {
    TenantId tenant = freshTenant();
    MemoryId id = say(tenant, 0, "Ada", "The code is 4711.");
    say(tenant, 1, "Ada", "Nothing else.");
    assertEquals("The code is 4711.", first(ask(tenant, "4711")).memory().text());
    store().erase(tenant, id);
    for (RecallMode mode : MODES) {
      Recalled found = recall().recall(tenant, query("code 4711", ALL, 5, mode));
      assertFalse(found.hits().stream().anyMatch(hit -> hit.memory().id().equals(id)));
    }
  }

  @Test
  void hitsAreAdmittedDistinctAndRankedTheSameEachTime() {
    long seed = seed();
    Memories drawn = new Memories(new Random(seed));
    TenantId tenant = freshTenant();
    drawn.live(store(), tenant, clock(), 150);
    for (int i = 0; i < 60; i++) {
      MemoryFilter filter = drawn.filter();
      RecallMode mode = MODES.get(i % 3);
      RecallQuery query = query(drawn.words(3), filter, 1 + i % 20, mode);
      Recalled found = recall().recall(tenant, query);
      Set<MemoryId> ids = new HashSet<>();
      double last = Double.POSITIVE_INFINITY;
      for (Hit hit : found.hits()) {
        assertTrue(filter.admits(hit.memory()), "seed " + seed);
        assertTrue(ids.add(hit.memory().id()), "seed " + seed);
        assertTrue(hit.score() <= last, "seed " + seed);
        last = hit.score();
      }
      assertTrue(found.hits().size() <= query.k());
      assertEquals(found, recall().recall(tenant, query));
    }
  }

  /** What is outside a filter shows in no score: ranking is as if it were not there. */
  @Test
  void othersOfTheSameTenantDoNotMoveAScore() {
    long seed = seed();
    TenantId pooled = freshTenant();
    TenantId alone = freshTenant();
    Memories drawn = new Memories(new Random(seed));
    for (int i = 0; i < 120; i++) {
      String user = "user" + i % 3;
      NewMemory memory =
          new NewMemory(
              Scope.ofUser(user),
              MemoryKind.EPISODE,
              new Origin("talk", "s" + i % 5, null, i),
              drawn.text(),
              null);
      store().add(pooled, List.of(memory));
      if (i % 3 == 1) {
        store().add(alone, List.of(memory));
      }
    }
    for (RecallMode mode : MODES) {
      RecallQuery query =
          query("Where was Ada camping?", MemoryFilter.of(Scope.ofUser("user1")), 40, mode);
      assertEquals(outline(alone, query), outline(pooled, query), mode + " seed " + seed);
    }
  }

  @Test
  void whatWasAcknowledgedIsFoundByTheNextSearchUnderConcurrentWriters() throws Exception {
    TenantId tenant = freshTenant();
    int each = Integer.getInteger("iterations", 40);
    try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> found = new ArrayList<>();
      for (int w = 0; w < WRITERS; w++) {
        int writer = w;
        found.add(writers.submit(() -> writeAndAsk(tenant, writer, each)));
      }
      for (Future<Integer> count : found) {
        assertEquals(each, count.get());
      }
    }
  }

  private int writeAndAsk(TenantId tenant, int writer, int count) {
    int found = 0;
    for (int i = 0; i < count; i++) {
      String word = "w" + writer + "x" + i;
      MemoryId id = say(tenant, i, "Ada", "The word is " + word + ".");
      RecallMode mode = MODES.get(i % 3);
      Recalled answer = recall().recall(tenant, query(word, ALL, 200, mode));
      if (answer.hits().stream().anyMatch(hit -> hit.memory().id().equals(id))) {
        found++;
      }
    }
    return found;
  }

  private List<String> outline(TenantId tenant, RecallQuery query) {
    return recall().recall(tenant, query).hits().stream()
        .map(hit -> String.format("%.9f %s", hit.score(), hit.memory().text()))
        .sorted()
        .toList();
  }

  private Memory only(TenantId tenant, String words, MemoryFilter filter, RecallMode mode) {
    List<Hit> hits = recall().recall(tenant, query(words, filter, 5, mode)).hits();
    assertEquals(1, hits.size());
    return hits.getFirst().memory();
  }

  private Recalled ask(TenantId tenant, String words) {
    return recall().recall(tenant, query(words, ALL, 10, RecallMode.HYBRID));
  }

  private MemoryId say(TenantId tenant, long position, String speaker, String text) {
    NewMemory memory =
        new NewMemory(
            Scope.NONE,
            MemoryKind.EPISODE,
            new Origin("talk", "one", null, position),
            MemoryText.of(text).saidBy(speaker),
            null);
    List<Stored> stored = store().add(tenant, List.of(memory));
    return stored.getFirst().id();
  }

  private static MemoryFilter asOf(Instant when) {
    return new MemoryFilter(Scope.NONE, Set.of(), null, null, null, null, null, null, when, null);
  }

  private static RecallQuery query(String text, MemoryFilter filter, int k, RecallMode mode) {
    return new RecallQuery(text, filter, k, mode);
  }

  private static Hit first(Recalled found) {
    return found.hits().getFirst();
  }

  private static Hit hit(Recalled found, String text) {
    return found.hits().stream()
        .filter(hit -> hit.memory().text().equals(text))
        .findFirst()
        .orElseThrow();
  }

  private static long seed() {
    long seed = Long.parseLong("0" + System.getProperty("seed", ""));
    System.out.println("RecallContract: -Dseed=" + seed);
    return seed;
  }
}
