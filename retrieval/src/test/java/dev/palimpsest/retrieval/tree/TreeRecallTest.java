package dev.palimpsest.retrieval.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.InMemoryMemory;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.retrieval.Budget;
import dev.palimpsest.retrieval.HashedEmbedder;
import dev.palimpsest.retrieval.Hit;
import dev.palimpsest.retrieval.Recall;
import dev.palimpsest.retrieval.RecallContract;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.RecallQuery;
import dev.palimpsest.retrieval.VectorFollower;
import dev.palimpsest.retrieval.hybrid.HybridRecall;
import dev.palimpsest.retrieval.hybrid.RecallLimits;
import dev.palimpsest.retrieval.index.IndexFollower;
import dev.palimpsest.retrieval.index.MemoryIndexes;
import dev.palimpsest.retrieval.tree.Trace.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recall with a tree does what every recall does, and keeps to its budget. */
final class TreeRecallTest extends RecallContract {
  private static final RecallLimits PATIENT = new RecallLimits(300, Duration.ofSeconds(20));
  private static final Budget UNHURRIED = new Budget(Duration.ofMinutes(1), 24, 100_000);
  private static final String QUESTION = "Which towns did Ada and Bo visit, and what did they eat?";

  private final TestClock clock = new TestClock();
  private final InMemoryMemory memory = new InMemoryMemory(clock, new CountingIds());
  private final HashedEmbedder embedder = new HashedEmbedder();
  private final MemoryStore store = memory.memories();
  private final VectorFollower vectors = new VectorFollower(store, memory.vectors(), embedder);
  private MemoryIndexes indexes;
  private IndexFollower follower;
  private HybridRecall hybrid;
  private Thread following;
  private volatile boolean isClosing;
  private int tenants;

  @BeforeEach
  void open(@TempDir Path folder) {
    indexes = new MemoryIndexes(folder);
    follower = new IndexFollower(store, indexes, clock, Duration.ofSeconds(5));
    hybrid = new HybridRecall(store, memory.vectors(), embedder, indexes, follower, PATIENT);
    following = Thread.ofPlatform().start(this::follow);
  }

  @AfterEach
  void close() throws InterruptedException {
    isClosing = true;
    follower.hint();
    following.join();
    indexes.close();
  }

  @Override
  protected MemoryStore store() {
    return store;
  }

  @Override
  protected Recall recall() {
    return new TreeRecall(hybrid, () -> 0);
  }

  @Override
  protected TestClock clock() {
    return clock;
  }

  @Override
  protected TenantId freshTenant() {
    return new TenantId("tenant-" + ++tenants);
  }

  @Test
  void sameSeedSearchesTheSameTreeAndGoesDeep() {
    TenantId tenant = talk();
    TreeRecalled first = search(tenant, () -> 0, UNHURRIED, 7);
    assertEquals(first, search(tenant, () -> 0, UNHURRIED, 7));
    assertNotEquals(first.trace(), search(tenant, () -> 0, UNHURRIED, 8).trace());
    assertEquals(Verdict.SEARCHED, first.trace().verdict());
    assertTrue(first.trace().depth() >= 2, "depth " + first.trace().depth());
    assertEquals(25, first.trace().nodes().getFirst().visits());
    for (Hit hit : first.recalled().hits()) {
      assertEquals(hit.score(), hit.explanation().total(), 1e-9);
    }
  }

  @Test
  void timeIsKept() {
    TenantId tenant = talk();
    Random random = new Random(3);
    for (int millis = 20; millis <= 400; millis += 20) {
      AtomicLong now = new AtomicLong();
      // Each look at the clock finds that up to 4 ms went by.
      LongSupplier nanos = () -> now.addAndGet(random.nextInt(4_000_000));
      Budget budget = new Budget(Duration.ofMillis(millis), 500, 100_000);
      Trace trace = search(tenant, nanos, budget, 1).trace();
      double most = millis + Math.max(10, millis * 0.1);
      assertTrue(now.get() / 1e6 <= most, now.get() / 1e6 + " of " + millis);
      assertFalse(trace.nodes().isEmpty());
    }
  }

  @Test
  void nothingToSpendIsAnsweredAsHybrid() {
    TenantId tenant = talk();
    RecallQuery query = query(RecallMode.HYBRID);
    Budget none = new Budget(Duration.ofSeconds(1), 0, 0);
    TreeRecalled found = search(tenant, () -> 0, none, 1);
    assertEquals(hybrid.recall(tenant, query), found.recalled());
    assertEquals(Verdict.SPENT, found.trace().verdict());
    assertEquals(1, found.trace().nodes().size());
  }

  @Test
  void easyQuestionIsNotSearched() {
    TenantId tenant = talk();
    RecallQuery query =
        new RecallQuery(
            "Who repaired the violin of the old watchmaker?",
            MemoryFilter.of(Scope.NONE),
            5,
            RecallMode.MCTS);
    TreeRecalled found =
        new TreeRecall(hybrid, () -> 0)
            .search(tenant, query, new Growth(UNHURRIED, Strategy.TREE, 1));
    assertEquals(Verdict.EASY, found.trace().verdict());
    assertTrue(found.recalled().hits().getFirst().memory().text().contains("violin"));
  }

  @Test
  void whoIsNotNamedIsFoundFirst() {
    TenantId tenant = talk();
    store.add(
        tenant,
        List.of(
            said(100, "Cy", "I work as a translator, which is quiet work."),
            said(110, "Cy", "My sister is called Marta."),
            said(120, "Bo", "Marta works as a bookbinder in Leipzig."),
            said(130, "Cy", "My sister works too much, and so do I."),
            said(140, "Bo", "Marta reports to a boss, Henrik."),
            said(150, "Cy", "Henrik has a house by the lake.")));
    assertEquals(
        List.of("My sister is called Marta.", "Marta works as a bookbinder in Leipzig."),
        firstOf(tenant, "What does Cy's sister do for work?", 2));
    assertEquals(
        List.of(
            "My sister is called Marta.",
            "Marta reports to a boss, Henrik.",
            "Henrik has a house by the lake."),
        firstOf(tenant, "What kind of house does Cy's sister's boss have?", 3));
    assertEquals(RecallMode.MCTS, Router.route("What does Cy's sister do for work?"));
    assertEquals(RecallMode.HYBRID, Router.route("What does Cy do for work?"));
  }

  /** Sorted by position, since each of them is needed as much as the others. */
  private List<String> firstOf(TenantId tenant, String question, int count) {
    RecallQuery query = new RecallQuery(question, MemoryFilter.of(Scope.NONE), 10, RecallMode.MCTS);
    Growth growth = new Growth(UNHURRIED, Strategy.TREE, 1);
    TreeRecalled found = new TreeRecall(hybrid, () -> 0).search(tenant, query, growth);
    assertEquals(Verdict.SEARCHED, found.trace().verdict());
    for (Hit hit : found.recalled().hits()) {
      assertEquals(hit.score(), hit.explanation().total(), 1e-9);
    }
    return found.recalled().hits().stream()
        .limit(count)
        .map(Hit::memory)
        .sorted(Comparator.comparingLong(memory -> memory.origin().position()))
        .map(Memory::text)
        .toList();
  }

  @Test
  void emptyMemoryFindsNothing() {
    TreeRecalled found = search(freshTenant(), () -> 0, UNHURRIED, 1);
    assertEquals(List.of(), found.recalled().hits());
    assertEquals(new Trace(Verdict.SPENT, List.of(), 0), found.trace());
  }

  private TreeRecalled search(TenantId tenant, LongSupplier nanos, Budget budget, long seed) {
    return new TreeRecall(hybrid, nanos)
        .search(tenant, query(RecallMode.MCTS), new Growth(budget, Strategy.TREE, seed));
  }

  private static RecallQuery query(RecallMode mode) {
    return new RecallQuery(QUESTION, MemoryFilter.of(Scope.NONE), 5, mode);
  }

  private TenantId talk() {
    TenantId tenant = freshTenant();
    List<String> towns = List.of("Bern", "Oslo", "Turin", "Riga", "Ghent");
    List<String> foods = List.of("soup", "plums", "trout", "bread", "beans");
    List<NewMemory> said = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      String text =
          switch (i % 4) {
            case 0 -> "We visited " + towns.get(i / 4 % 5) + " in the rain.";
            case 1 -> "In " + towns.get(i / 4 % 5) + " we ate " + foods.get(i / 8 % 5) + ".";
            case 2 -> "What did Bo say about it?";
            default -> "Day " + i + " was quiet.";
          };
      said.add(said(i, i % 2 == 0 ? "Ada" : "Bo", text));
    }
    said.add(said(90, "Cy", "I repaired the violin of the old watchmaker."));
    assertEquals(said.size(), store.add(tenant, said).size());
    return tenant;
  }

  private static NewMemory said(int position, String speaker, String text) {
    return new NewMemory(
        Scope.NONE,
        MemoryKind.EPISODE,
        new Origin("talk", "one", null, position),
        MemoryText.of(text).saidBy(speaker),
        null);
  }

  private void follow() {
    try {
      while (!isClosing) {
        if (follower.step() + vectors.step() == 0) {
          follower.awaitHint(Duration.ofMillis(5));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
