package dev.palimpsest.retrieval.consolidation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Consolidation;
import dev.palimpsest.memory.Consolidation.Similar;
import dev.palimpsest.memory.Embedding;
import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.Erased;
import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.MemoryVectors.VersionVectors;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Revocation;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.SourceName;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.VersionId;
import dev.palimpsest.memory.postgres.NeedsPostgres;
import dev.palimpsest.retrieval.consolidation.Consolidator.Kind;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Consolidation over a real database. */
@ExtendWith(NeedsPostgres.class)
final class ConsolidatorTest extends ConsolidationFixture {
  private static final Scope ADA = Scope.ofUser("ada");
  private static final Scope BOB = Scope.ofUser("bob");
  private static final List<Label> LABELS = List.of(Label.values());
  private static final EmbeddingSpace SPACE = new EmbeddingSpace("hand-made", 3);

  @Test
  void aQuietConversationGetsOneDigestAndARepeatMakesNone() {
    talk(Scope.NONE, "garden", 10, 0);
    run();
    assertEquals(List.of(), digests(), "it was learned just now");
    clock.advance(Duration.ofMinutes(59));
    run();
    assertEquals(List.of(), digests());
    clock.advance(Duration.ofMinutes(1));
    run();
    Memory digest = only(digests());
    assertEquals(1, digest.version());
    assertEquals(new Origin(Consolidation.SOURCE, "garden", null, 0), digest.origin());
    long change = memories.lastChange(tenant);
    run();
    assertEquals(change, memories.lastChange(tenant));
    clock.advance(Duration.ofDays(2));
    run();
    assertEquals(change, memories.lastChange(tenant));
  }

  @Test
  void aDigestQuotesWordForWordInOrderWhatItNamesAsItsSources() {
    talk(Scope.NONE, "garden", 40, 0);
    runQuiet();
    Memory digest = only(digests());
    List<String> lines = digest.text().lines().toList();
    List<Memory> sources = sources(digest);
    assertEquals(5, lines.size());
    assertEquals(lines.size(), sources.size());
    for (int i = 0; i < lines.size(); i++) {
      Memory source = sources.get(i);
      String day = "[" + (source.origin().position() / 2 + 1) + " March 2023] ";
      String head = day + source.content().speaker() + ": ";
      assertTrue(lines.get(i).startsWith(head), lines.get(i));
      assertTrue(source.text().contains(lines.get(i).substring(head.length())), lines.get(i));
    }
    List<Long> places = sources.stream().map(source -> source.origin().position()).toList();
    assertEquals(places.stream().sorted().toList(), places);
    assertEquals(sources.getLast().content().happenedAt(), digest.content().happenedAt());
    assertEquals(at(0), digest.content().validFrom());
    assertEquals(at(39).plusNanos(1000), digest.content().validTo());
    assertTrue(digest.content().metadata().contains("\"memories\":40"));
  }

  @Test
  void aConversationThatGrewGetsTheNextVersionOfItsDigest() {
    talk(Scope.NONE, "garden", 10, 0);
    runQuiet();
    Memory first = only(digests());
    talk(Scope.NONE, "garden", 1, 10);
    run();
    assertEquals(List.of(first), digests(), "it is not quiet");
    runQuiet();
    Memory second = only(digests());
    assertEquals(first.id(), second.id());
    assertEquals(2, second.version());
    assertEquals(at(10).plusNanos(1000), second.content().validTo());
    memories.revise(
        tenant,
        sources(second).getFirst().id(),
        MemoryText.of("It was all quite otherwise than she said it was."));
    runQuiet();
    assertEquals(3, only(digests()).version());
  }

  @Test
  void tooLittleIsNotDigestedAndWhatStandsAloneNeither() {
    talk(Scope.NONE, "short", 5, 0);
    for (int i = 0; i < 8; i++) {
      add(said(Scope.NONE, null, i, sentence(i)));
      add(said(Scope.NONE, "sighs", i, "Oh. Ah. " + i + "!"));
    }
    runQuiet();
    assertEquals(List.of(), digests());
  }

  @Test
  void scopesAndTenantsAreKeptApart() {
    talk(ADA, "garden", 8, 0);
    talk(BOB, "garden", 8, 100);
    TenantId other = freshTenant();
    runQuiet();
    List<Memory> digests = digests();
    assertEquals(2, digests.size());
    for (Memory digest : digests) {
      sources(digest).forEach(source -> assertEquals(digest.scope(), source.scope()));
    }
    assertNotEquals(digests.get(0).text(), digests.get(1).text());
    tenant = other;
    runQuiet();
    assertEquals(List.of(), digests());
    assertEquals(List.of(), similar(new MemoryId("mem_0000000001")));
  }

  @Test
  void theDaysBudgetIsNeverExceededAndTheNextDayGoesOn() {
    for (int i = 0; i < 6; i++) {
      talk(Scope.NONE, "talk " + i, 10, 20 * i);
    }
    Consolidator bounded = consolidator(limits(25, 10));
    clock.advance(Duration.ofHours(1));
    int days = 0;
    do {
      run(bounded, null);
      int spent = consolidation.standing(tenant, today()).spent();
      assertTrue(spent <= 25, "spent " + spent);
      clock.advance(Duration.ofDays(1));
      days++;
    } while (digests().size() < 6 && days < 10);
    assertEquals(6, digests().size());
    assertTrue(days >= 3, "in " + days + " days");
    Consolidator stopped = consolidator(limits(0, 10));
    talk(Scope.NONE, "late", 10, 300);
    clock.advance(Duration.ofDays(1));
    run(stopped, null);
    assertEquals(6, digests().size());
    assertEquals(0, consolidation.standing(tenant, today()).spent());
  }

  @Test
  void whoeverIsKilledBetweenAnyTwoStepsGoesOnToTheSame() {
    fill();
    clock.advance(Duration.ofHours(1));
    run();
    clock.advance(Duration.ofHours(1));
    run();
    List<String> whole = digests().stream().map(Memory::text).sorted().toList();
    int links = links();
    tenant = freshTenant();
    fill();
    clock.advance(Duration.ofHours(1));
    steps(() -> consolidator(limits(10_000, 1000)));
    clock.advance(Duration.ofHours(1));
    steps(() -> consolidator(limits(10_000, 1000)));
    assertEquals(whole, digests().stream().map(Memory::text).sorted().toList());
    assertEquals(5, whole.size());
    assertEquals(links, links());
    assertTrue(links > 0);
    digests().forEach(digest -> assertEquals(1, digest.version()));
  }

  private void fill() {
    for (int i = 0; i < 4; i++) {
      talk(Scope.NONE, "talk " + i, 12, 3 * i);
    }
  }

  @Test
  void theSameWordsAreLinkedHoweverTheyAreWritten() {
    MemoryId one = add(said(ADA, "a", 0, "Mara moved to Oslo in the spring."));
    MemoryId two = add(said(ADA, "b", 0, "  mara moved to   OSLO in the spring. "));
    MemoryId bobs = add(said(BOB, "b", 0, "Mara moved to Oslo in the spring."));
    MemoryId other = add(said(ADA, "b", 1, "Mara moved to Bergen in the spring."));
    add(said(ADA, "b", 2, "Ok, thanks."));
    MemoryId thanks = add(said(ADA, "b", 3, "Ok, thanks."));
    run();
    Similar found = only(similar(one));
    assertEquals(two, found.memory().id());
    assertTrue(found.isSameText());
    assertEquals(one, only(similar(two)).memory().id());
    assertEquals(List.of(), similar(bobs));
    assertEquals(List.of(), similar(other));
    assertEquals(List.of(), similar(thanks));
    assertTrue(memories.erase(tenant, two).isPresent());
    assertEquals(List.of(), similar(one));
  }

  @Test
  void nearVectorsAreLinkedAndWaitForTheirVectors() {
    MemoryId one = add(said(ADA, "a", 0, "Mara moved to Oslo in the spring."));
    MemoryId near = add(said(ADA, "b", 0, "In the spring, Mara moved to Oslo."));
    MemoryId far = add(said(ADA, "b", 1, "The tomatoes want water every day."));
    MemoryId bobs = add(said(BOB, "b", 1, "In the spring Mara moved to Oslo!"));
    run(usual, SPACE);
    assertEquals(List.of(), similar(one));
    vector(one, 1, 0, 0);
    vector(near, 0.99f, 0.1f, 0);
    vector(far, 0.9f, 0.5f, 0);
    vector(bobs, 1, 0, 0);
    run(usual, SPACE);
    Similar found = only(similar(near));
    assertEquals(one, found.memory().id());
    assertFalse(found.isSameText());
    assertEquals(0.995, Optional.ofNullable(found.cosine()).orElseThrow(), 0.002);
    assertEquals(List.of(), similar(far));
    assertEquals(List.of(), similar(bobs));
    memories.revise(tenant, near, MemoryText.of("She never moved anywhere, it turned out."));
    assertEquals(List.of(), similar(one), "the link was to an older version");
    vector(near, 0, 0, 1);
    run(usual, SPACE);
    assertEquals(List.of(), similar(one));
  }

  @Test
  void whatManyHaveInCommonIsLinkedToAFewOfThem() {
    for (int i = 0; i < 40; i++) {
      add(said(ADA, "a", i, "This message was sent automatically."));
    }
    MemoryId middle = newestOf("a").get(20).id();
    MemoryId last = add(said(ADA, "a", 41, "This message was sent automatically."));
    run();
    assertEquals(Consolidation.LINKS_MAX / 2, similar(last).size());
    assertEquals(Consolidation.LINKS_MAX, similar(middle).size());
  }

  @Test
  void whatSomebodyErasedDoesNotComeBack() {
    talk(Scope.NONE, "garden", 10, 0);
    talk(Scope.NONE, "house", 10, 30);
    runQuiet();
    assertEquals(2, digests().size());
    Erased erased =
        memories.eraseSource(tenant, new SourceName(Consolidation.SOURCE), null, null, 100);
    assertEquals(2, erased.memories());
    talk(Scope.NONE, "garden", 2, 10);
    runQuiet();
    assertEquals(List.of(), digests());
    talk(Scope.NONE, "attic", 10, 60);
    runQuiet();
    Memory attic = only(digests());
    assertTrue(memories.erase(tenant, attic.id()).isPresent());
    runQuiet();
    assertEquals(List.of(), digests());
  }

  @Test
  void erasingAQuotedMemoryErasesTheQuoteAndTheRestIsDigestedAnew() {
    talk(Scope.NONE, "garden", 20, 0);
    runQuiet();
    Memory digest = only(digests());
    Memory quoted = sources(digest).getFirst();
    Erased erased = memories.erase(tenant, quoted.id()).orElseThrow();
    assertEquals(2, erased.memories());
    assertEquals(List.of(), erased.derived());
    assertEquals(List.of(), digests());
    run();
    Memory anew = only(digests());
    assertNotEquals(digest.id(), anew.id());
    assertFalse(anew.text().contains(quoted.text()));
    assertFalse(sources(anew).stream().anyMatch(source -> source.id().equals(quoted.id())));
    Erased all = memories.eraseSource(tenant, new SourceName("talks"), null, null, 100);
    assertEquals(20, all.memories());
    runQuiet();
    assertEquals(List.of(), digests());
    assertEquals(0, rows("SELECT count(*) FROM digest WHERE tenant_id = '" + tenant.value() + "'"));
  }

  @Test
  void aRevokedSourceTakesTheDigestWithItAndNoneIsMadeAnew() {
    talk(Scope.NONE, "garden", 20, 0);
    runQuiet();
    Memory digest = only(digests());
    Revocation revocation =
        audit.revoke(
            tenant,
            new Revocation.Request(
                new SourceName(sources(digest).getFirst().id().value()), null, "wrong"));
    while (!revocation.isFinished()) {
      revocation = audit.advance(tenant, revocation.id(), 100);
    }
    assertTrue(memories.find(tenant, digest.id(), null).orElseThrow().isRevoked());
    talk(Scope.NONE, "garden", 2, 20);
    runQuiet();
    assertEquals(List.of(), digests());
  }

  @Test
  void aMonthOfSeveralConversationsGetsADigestOfWhatTheirsQuote() {
    talk(Scope.NONE, "one", 10, 0);
    talk(Scope.NONE, "two", 10, 12);
    runQuiet();
    runQuiet();
    assertEquals(2, digests().size(), "two conversations say all themselves");
    talk(Scope.NONE, "three", 10, 24);
    talk(ADA, "hers", 10, 24);
    runQuiet();
    assertEquals(4, digests().size(), "months are quiet for an hour too");
    runQuiet();
    List<Memory> months =
        digests().stream().filter(digest -> digest.origin().session() == null).toList();
    Memory month = only(months);
    assertEquals(Scope.NONE, month.scope());
    assertTrue(month.content().metadata().contains("\"month\":\"2023-03\""));
    assertEquals(Instant.parse("2023-03-01T00:00:00Z"), month.content().validFrom());
    assertEquals(Instant.parse("2023-04-01T00:00:00Z"), month.content().validTo());
    List<VersionId> quoted =
        digests().stream()
            .filter(digest -> digest.origin().session() != null)
            .flatMap(digest -> sources(digest).stream())
            .map(Memory::versionId)
            .toList();
    for (Memory source : sources(month)) {
      assertEquals(MemoryKind.EPISODE, source.kind());
      assertTrue(quoted.contains(source.versionId()));
    }
    assertTrue(memories.erase(tenant, sources(month).getFirst().id()).isPresent());
    assertFalse(digests().stream().anyMatch(digest -> digest.id().equals(month.id())));
  }

  @Test
  void whatWasMadeOfMemoriesIsNotDigested() {
    talk(Scope.NONE, "garden", 6, 0);
    MemoryId first = newestOf("garden").getLast().id();
    for (int i = 0; i < 30; i++) {
      add(
          said(Scope.NONE, "garden", 12 + 3 * i, "The answer about the tomatoes is repeated here.")
              .from(List.of(new VersionId(first, 1))));
    }
    runQuiet();
    Memory digest = only(digests());
    assertFalse(digest.text().contains("repeated"), digest.text());
    assertTrue(digest.content().metadata().contains("\"memories\":6,"));
  }

  @Test
  void noDigestIsTrustedMoreThanItsSourcesWhateverTheTalk() {
    long seed = Long.getLong("seed", 20261128);
    System.out.println("digests of random talk: -Dseed=" + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 6; i++) {
      int turns = random.nextInt(6, 60);
      for (int turn = 0; turn < turns; turn++) {
        NewMemory said = said(Scope.NONE, "talk " + i, turn, randomText(random));
        Label label = LABELS.get(random.nextInt(LABELS.size()));
        add(
            new NewMemory(
                said.scope(), said.kind(), said.origin(), said.content().labelled(label), null));
      }
    }
    runQuiet();
    runQuiet();
    List<Memory> digests = digests();
    assertTrue(digests.size() >= 6, digests.size() + " digests");
    for (Memory digest : digests) {
      List<Memory> sources = sources(digest);
      Label lowest =
          sources.stream().map(one -> one.content().label()).reduce(Label::lowest).orElseThrow();
      assertEquals(lowest, digest.content().label());
      List<String> lines = digest.text().lines().toList();
      assertTrue(lines.size() <= Digester.LINES_MAX);
      for (String line : lines) {
        String words = line.substring(line.indexOf(": ") + 2);
        assertTrue(sources.stream().anyMatch(one -> one.text().contains(words)), line);
      }
    }
  }

  private static String randomText(Random random) {
    List<String> words =
        List.of(
            "tomatoes", "Oslo", "sister", "boat", "paint", "never", "the", "rain", "我们", "köln");
    return random
        .ints(random.nextInt(1, 5), 1, 14)
        .mapToObj(length ->
            random
                .ints(length, 0, words.size())
                .mapToObj(words::get)
                .collect(Collectors.joining(" ", "", random.nextBoolean() ? "." : "!\n")))
        .collect(Collectors.joining(" "));
  }

  private void vector(MemoryId id, float x, float y, float z) {
    Memory memory = memories.find(tenant, id, null).orElseThrow();
    vectors.put(
        tenant,
        SPACE,
        List.of(
            new VersionVectors(
                id, memory.version(), List.of(Embedding.normalised(new float[] {x, y, z})))),
        0,
        memories.lastChange(tenant));
  }

  private LocalDate today() {
    return LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
  }

  private int links() {
    return (int)
        rows("SELECT count(*) FROM near_duplicate WHERE tenant_id = '" + tenant.value() + "'");
  }

  /** A new one for each step, as after a kill. */
  private void steps(Supplier<Consolidator> fresh) {
    for (int i = 0; i < 1000; i++) {
      if (fresh.get().step(tenant, null).kind() == Kind.NOTHING) {
        return;
      }
    }
    throw new AssertionError("there is always more");
  }
}
