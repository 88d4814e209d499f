package dev.palimpsest.memory.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.KeptVersion;
import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.Stored;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.memory.VersionId;
import dev.palimpsest.memory.postgres.EmbeddedPostgres;
import dev.palimpsest.memory.postgres.NeedsPostgres;
import dev.palimpsest.memory.postgres.PostgresMemory;
import dev.palimpsest.memory.retention.Retainer.Step;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What is due is archived, then erased; wherever that is cut, nothing is lost or kept twice. */
@ExtendWith(NeedsPostgres.class)
class RetainerTest {
  private static final AtomicInteger TENANTS = new AtomicInteger();
  private static final Scope ADA = new Scope("ada", null, null);
  private static final List<Scope> SCOPES =
      List.of(
          Scope.NONE,
          ADA,
          new Scope("bob", null, null),
          new Scope("ada", null, "garden"),
          new Scope(null, null, "garden"));

  @SuppressWarnings("NullAway.Init")
  private static EmbeddedPostgres.Database database;

  private final TestClock clock = new TestClock();
  private final PostgresMemory memory =
      new PostgresMemory(database.app(), clock, new CountingIds(), new SecureRandom());
  private final Retention retention = memory.retention();
  private final Path data;
  private final ArchiveFolder folder;
  private final TenantId tenant = freshTenant();

  RetainerTest(@TempDir Path data) {
    this.data = data;
    this.folder = new ArchiveFolder(data);
  }

  @BeforeAll
  static void migrate() {
    database = EmbeddedPostgres.shared().migratedDatabase();
  }

  @AfterEach
  void close() {
    memory.close();
  }

  @Test
  void whatAModelSaysIsDueGoesAndNothingElse() throws IOException {
    long seed = Long.getLong("seed", 20261128);
    System.out.println("RetainerTest: -Dseed=" + seed);
    Random random = new Random(seed);
    Oracle first = new Oracle(tenant);
    Oracle second = new Oracle(freshTenant());
    for (int i = 0; i < 100; i++) {
      Oracle one = random.nextInt(3) == 0 ? second : first;
      one.change(random);
      if (random.nextInt(6) == 0) {
        one.run();
        first.check();
        second.check();
      }
    }
    assertTrue(first.archived > 0 && first.removed > 0 && first.kept() > 0, "seed says too little");
    assertNull(memory.audit().verify(tenant, null).broken());
  }

  @Test
  void diedAtAnyMomentItGoesOnUnderTheSameName() throws IOException {
    int moments = 0;
    for (boolean hasDied = true; hasDied; moments++) {
      TenantId own = freshTenant();
      Set<MemoryId> due = new HashSet<>(many(own, Retainer.PART_MEMORIES + 5));
      MemoryId made = add(own, fact(due.iterator().next()));
      due.add(made);
      retention.put(own, new RetentionPolicy(ADA, 10, 5));
      clock.advance(Duration.ofDays(11));
      hasDied = diesAt(own, moments);
      leaveHalfAFile(own);
      while (!(retainer(retention, folder).step(own) instanceof Step.Nothing)) {
        assertTrue(memory.memories().findAll(own, due).isEmpty());
      }
      assertEquals(List.of(), memory.memories().findAll(own, due));
      List<RetentionArchive> archives = retention.archives(own, 10, null).data();
      assertEquals(1, archives.size(), "died at " + moments);
      assertEquals(due.size(), archives.getFirst().erased().memories());
      assertEquals(due, ids(content(own, archives.getFirst())));
      assertEquals(List.of(archives.getFirst().id() + ".jsonl.gz"), files(own));
    }
    assertTrue(moments > 10, "there are " + moments + " moments");
  }

  /** Dies after the so manieth call to the store or before a receipt. */
  private boolean diesAt(TenantId own, int moment) throws IOException {
    AtomicInteger moments = new AtomicInteger();
    Runnable hook =
        () -> {
          if (moments.getAndIncrement() == moment) {
            throw new Death();
          }
        };
    Retainer mortal =
        new Retainer(
            watched(name -> {
              if (name.startsWith("after")) {
                hook.run();
              }
            }),
            folder,
            (t, archive, until) -> {
              hook.run();
              return "{}";
            },
            clock);
    try {
      Step step = mortal.step(own);
      assertInstanceOf(Step.Finished.class, step);
      return false;
    } catch (Death e) {
      return true;
    }
  }

  /** As a process does that is killed while it writes. */
  private void leaveHalfAFile(TenantId own) throws IOException {
    for (RetentionArchive open : retention.archives(own, 10, null).data()) {
      if (open.written() == null) {
        Path file = folder.file(own, open.id());
        Path parent = Files.createDirectories(file.resolveSibling("."));
        Path half = Files.writeString(parent.resolve(file.getFileName() + ".new"), "half");
        assertTrue(Files.exists(half));
      }
    }
  }

  @Test
  void withoutRoomForTheArchiveNothingIsErased() throws IOException {
    MemoryId id = add(tenant, said(ADA, "word"));
    retention.put(tenant, new RetentionPolicy(Scope.NONE, 10, 5));
    clock.advance(Duration.ofDays(11));
    for (int room : new int[] {0, 10, 60}) {
      Retainer full = retainer(retention, new ArchiveFolder(data, file -> new Full(file, room)));
      assertThrows(IOException.class, () -> full.step(tenant));
      assertTrue(memory.memories().find(tenant, id, null).isPresent());
      assertEquals(List.of(), files(tenant));
    }
    ArchiveId begun = retention.archives(tenant, 10, null).data().getFirst().id();
    Step step = retainer(retention, folder).step(tenant);
    assertEquals(begun, assertInstanceOf(Step.Finished.class, step).archive().id());
    assertTrue(memory.memories().find(tenant, id, null).isEmpty());
  }

  @Test
  void whatChangedAfterItWasArchivedStays() throws IOException {
    MemoryId stays = add(tenant, said(ADA, "first"));
    MemoryId goes = add(tenant, said(ADA, "second"));
    retention.put(tenant, new RetentionPolicy(ADA, 10, 5));
    clock.advance(Duration.ofDays(11));
    Retention meanwhile =
        watched(name -> {
          if (name.equals("erase")) {
            memory.memories().revise(tenant, stays, MemoryText.of("corrected"));
          }
        });
    Step step = retainer(meanwhile, folder).step(tenant);
    assertEquals(1, assertInstanceOf(Step.Finished.class, step).archive().erased().memories());
    assertTrue(memory.memories().find(tenant, goes, null).isEmpty());
    assertEquals("corrected", memory.memories().find(tenant, stays, null).orElseThrow().text());
  }

  @Test
  void aPolicyThatIsTakenBackStopsWhatWasBegun() throws IOException {
    MemoryId id = add(tenant, said(ADA, "word"));
    retention.put(tenant, new RetentionPolicy(ADA, 10, 5));
    clock.advance(Duration.ofDays(11));
    Retention meanwhile =
        watched(name -> {
          if (name.equals("erase")) {
            retention.delete(tenant, ADA);
          }
        });
    assertInstanceOf(Step.Nothing.class, retainer(meanwhile, folder).step(tenant));
    assertTrue(memory.memories().find(tenant, id, null).isPresent());
    assertEquals(List.of(), files(tenant));
    assertEquals(List.of(), retention.archives(tenant, 10, null).data());
  }

  @Test
  void aDamagedArchiveErasesNothingFurther() throws IOException {
    assertEquals(2 * Retainer.PART_MEMORIES, many(tenant, 2 * Retainer.PART_MEMORIES).size());
    retention.put(tenant, new RetentionPolicy(ADA, 10, 5));
    clock.advance(Duration.ofDays(11));
    AtomicInteger parts = new AtomicInteger();
    Retention mortal =
        watched(name -> {
          if (name.equals("erase") && parts.getAndIncrement() == 1) {
            throw new Death();
          }
        });
    assertThrows(Death.class, () -> retainer(mortal, folder).step(tenant));
    RetentionArchive open = retention.archives(tenant, 10, null).data().getFirst();
    Path file = folder.file(tenant, open.id());
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Path written = Files.write(file, bytes);
    assertThrows(IOException.class, () -> retainer(retention, folder).step(tenant));
    assertEquals(
        Retainer.PART_MEMORIES, retention.due(tenant, open.policy()).memories(), written::toString);
    assertTrue(retention.delete(tenant, ADA));
    Step step = retainer(retention, folder).step(tenant);
    assertEquals(
        Retainer.PART_MEMORIES,
        assertInstanceOf(Step.Finished.class, step).archive().erased().memories());
  }

  private Retainer retainer(Retention over, ArchiveFolder files) {
    return new Retainer(over, files, (t, archive, until) -> "{\"until\":\"" + until + "\"}", clock);
  }

  /** The store, with something done before and after each call. */
  private Retention watched(Consumer<String> hook) {
    return (Retention)
        Proxy.newProxyInstance(
            RetainerTest.class.getClassLoader(),
            new Class<?>[] {Retention.class},
            (self, method, arguments) -> {
              hook.accept(method.getName());
              try {
                Object result = method.invoke(retention, arguments);
                hook.accept("after " + method.getName());
                return result;
              } catch (InvocationTargetException e) {
                throw Objects.requireNonNull(e.getCause());
              }
            });
  }

  private static TenantId freshTenant() {
    return new TenantId("kept-" + TENANTS.incrementAndGet());
  }

  private MemoryId add(TenantId own, NewMemory one) {
    return memory.memories().add(own, List.of(one)).getFirst().id();
  }

  private List<MemoryId> many(TenantId own, int count) {
    List<NewMemory> batch = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      batch.add(said(ADA, "word " + i));
    }
    return memory.memories().add(own, batch).stream().map(Stored::id).toList();
  }

  private static NewMemory said(Scope scope, String text) {
    return new NewMemory(
        scope, MemoryKind.EPISODE, new Origin("talk", "s", null, 0), MemoryText.of(text), null);
  }

  private static NewMemory fact(MemoryId source) {
    return new NewMemory(
            ADA,
            MemoryKind.FACT,
            new Origin("talk", null, null, 0),
            MemoryText.of("learned").labelled(Label.UNTRUSTED),
            null)
        .from(List.of(new VersionId(source, 1)));
  }

  private List<KeptVersion> content(TenantId own, RetentionArchive archive) throws IOException {
    List<KeptVersion> content = new ArrayList<>();
    folder.read(own, archive.id(), Objects.requireNonNull(archive.written()), 7, content::addAll);
    return content;
  }

  private static Set<MemoryId> ids(List<KeptVersion> versions) {
    return versions.stream().map(KeptVersion::id).collect(Collectors.toSet());
  }

  private List<String> files(TenantId own) throws IOException {
    Path files = data.resolve("archives").resolve(own.value());
    if (!Files.exists(files)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(files)) {
      return all.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
  }

  /** The process died. */
  private static final class Death extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /** A disk with so much room. */
  private static final class Full extends FilterOutputStream {
    private int room;

    Full(OutputStream file, int room) {
      super(file);
      this.room = room;
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      room -= count;
      if (room < 0) {
        throw new IOException("No space left on device");
      }
      out.write(bytes, from, count);
    }
  }

  /** What a tenant must have, by the rules as one would tell them. */
  private final class Oracle {
    private record Known(Scope scope, MemoryKind kind, Instant writtenAt, List<KeptVersion> all) {}

    private final TenantId own;
    private final Map<MemoryId, Known> known = new HashMap<>();
    private final Map<Scope, RetentionPolicy> policies = new HashMap<>();
    private final Map<MemoryId, Known> gone = new HashMap<>();
    private int archived;
    private int removed;

    Oracle(TenantId own) {
      this.own = own;
    }

    int kept() {
      return known.size();
    }

    void change(Random random) {
      Scope scope = SCOPES.get(random.nextInt(SCOPES.size()));
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> {
          MemoryKind kind = random.nextInt(4) == 0 ? MemoryKind.PINNED : MemoryKind.EPISODE;
          Origin origin = new Origin("talk", "s", null, 0);
          MemoryText text = MemoryText.of("word " + random.nextInt());
          note(add(own, new NewMemory(scope, kind, origin, text, null)));
        }
        case 3 ->
            known.keySet().stream()
                .min(Comparator.comparing(MemoryId::value))
                .ifPresent(id -> {
                  MemoryText text = MemoryText.of("corrected " + random.nextInt());
                  assertTrue(memory.memories().revise(own, id, text).isPresent());
                  note(id);
                });
        case 4 -> {
          RetentionPolicy policy =
              new RetentionPolicy(scope, 1 + random.nextInt(20), 1 + random.nextInt(20));
          assertTrue(retention.put(own, policy));
          policies.put(scope, policy);
        }
        case 5 -> assertEquals(policies.remove(scope) != null, retention.delete(own, scope));
        default -> clock.advance(Duration.ofHours(1 + random.nextInt(100)));
      }
    }

    private void note(MemoryId id) {
      List<KeptVersion> all =
          memory.memories().kept(own, Scope.NONE, null, 1000).stream()
              .filter(version -> version.id().equals(id))
              .toList();
      KeptVersion newest = all.getLast();
      known.put(id, new Known(newest.scope(), newest.kind(), newest.learnedAt(), all));
    }

    /** The policy with most parts that covers a scope, the longest of several. */
    private Optional<RetentionPolicy> policy(Scope scope) {
      return policies.values().stream()
          .filter(policy -> covers(policy.scope(), scope))
          .max(
              Comparator.comparingInt(RetentionPolicy::parts)
                  .thenComparingInt(RetentionPolicy::keepDays));
    }

    private boolean covers(Scope policy, Scope scope) {
      return isPart(policy.user(), scope.user())
          && isPart(policy.agent(), scope.agent())
          && isPart(policy.project(), scope.project());
    }

    private boolean isPart(@Nullable String wanted, @Nullable String there) {
      return wanted == null || wanted.equals(there);
    }

    private boolean isDue(Known one) {
      Instant now = clock.instant();
      return one.kind != MemoryKind.PINNED
          && policy(one.scope)
              .filter(
                  policy -> !one.writtenAt.plus(Duration.ofDays(policy.keepDays())).isAfter(now))
              .isPresent();
    }

    void run() throws IOException {
      Retainer retainer = retainer(retention, folder);
      Set<MemoryId> wentNow = new HashSet<>();
      boolean isMore = true;
      while (isMore) {
        switch (retainer.step(own)) {
          case Step.Finished(RetentionArchive archive) -> {
            wentNow.addAll(ids(content(own, archive)));
            content(own, archive)
                .forEach(version ->
                    assertTrue(
                        Objects.requireNonNull(known.get(version.id())).all.contains(version)));
            archived++;
          }
          case Step.Removed(ArchiveId id) -> {
            assertFalse(Files.exists(folder.file(own, id)));
            removed++;
          }
          case Step.Nothing nothing -> isMore = false;
          case Step.Busy busy -> throw new AssertionError("nobody else is at work");
        }
      }
      Set<MemoryId> due =
          known.entrySet().stream()
              .filter(entry -> isDue(entry.getValue()))
              .map(Map.Entry::getKey)
              .collect(Collectors.toSet());
      assertEquals(due, wentNow);
      due.forEach(id -> gone.put(id, Objects.requireNonNull(known.remove(id))));
      Instant now = clock.instant();
      for (RetentionArchive left : retention.archives(own, 100, null).data()) {
        assertTrue(Objects.requireNonNull(left.finished()).keepUntil().isAfter(now));
      }
    }

    void check() throws IOException {
      List<KeptVersion> there = memory.memories().kept(own, Scope.NONE, null, 1000);
      assertEquals(known.keySet(), ids(there));
      assertEquals(
          retention.archives(own, 100, null).data().stream()
              .map(archive -> archive.id() + ".jsonl.gz")
              .sorted()
              .toList(),
          files(own));
    }
  }
}
