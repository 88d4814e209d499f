package dev.palimpsest.runtime.turn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.compress.kv.Policy;
import dev.palimpsest.engine.EngineConfig;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.session.Edit;
import dev.palimpsest.memory.session.Forking;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.SessionPatch;
import dev.palimpsest.memory.session.WindowChange;
import dev.palimpsest.runtime.bridge.LocalModel;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.bridge.SessionCaches;
import dev.palimpsest.runtime.bridge.SessionPasts;
import dev.palimpsest.runtime.bridge.SessionSnapshots;
import dev.palimpsest.runtime.bridge.TestModel;
import dev.palimpsest.runtime.bridge.TextModel;
import dev.palimpsest.runtime.ops.SnapshotMetrics;
import dev.palimpsest.runtime.turn.WindowSegment.Kind;
import dev.palimpsest.runtime.turn.WindowSegment.Tier;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sessions of the small trained model whose beginnings are compacted and expanded. */
class SessionWindowsTest {
  private static final int TURNS = 6;

  @TempDir Path folder;
  private final RunnerRig rig = new RunnerRig();
  private LocalModel local = open(1 << 24);
  private SessionWindows windows = restarted();

  private static LocalModel open(long cacheBytes) {
    return LocalModel.open(TestModel.file(), options(cacheBytes));
  }

  private static LocalModel.Options options(long cacheBytes) {
    EngineConfig sizes = new EngineConfig(512, cacheBytes, 4, 16, 64, 64, 6, 1L << 30);
    return new LocalModel.Options("scalar", 1, sizes, List.of());
  }

  private SessionSnapshots snapshots() {
    return new SessionSnapshots(
        folder.resolve("kv"),
        1 << 26,
        InstantSource.system(),
        new SnapshotMetrics(new SimpleMeterRegistry()));
  }

  /** A new process over the same folder. */
  private void restart(SessionSnapshots snapshots) {
    local.close();
    local = LocalModel.open(TestModel.file(), options(1 << 24), snapshots);
    windows = restarted();
  }

  private Session forked(Session session) {
    Forking made = rig.memory.sessions().fork(RunnerRig.TENANT, session.id(), null, null);
    return assertInstanceOf(Forking.Forked.class, made).session();
  }

  private Path past() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("kv").resolve("pasts"))) {
      List<Path> all = files.toList();
      assertEquals(1, all.size());
      return all.getFirst();
    }
  }

  private SessionWindows restarted() {
    rig.restart(ModelSlot.of(model()));
    return new SessionWindows(
        rig.store, ModelSlot.of(model()), rig.feeds, rig.limits, rig.node(InstantSource.system()));
  }

  @AfterEach
  void close() {
    rig.close();
    local.close();
  }

  private TextModel model() {
    return local.texts().getFirst();
  }

  private Session session(@Nullable String instructions) {
    return rig.session(new NewSession(null, null, instructions, Scope.NONE, null, null, null));
  }

  private TurnResult say(Session session, String input) throws InterruptedException {
    TurnResult result = rig.result(session, RunnerRig.request(input, null));
    assertEquals(TurnStatus.DONE, result.status(), () -> String.valueOf(result.failed()));
    return result;
  }

  /** Some turns, the same for the same instructions. */
  private Session talked(@Nullable String instructions, int turns) throws InterruptedException {
    Session session = session(instructions);
    for (int i = 0; i < turns; i++) {
      say(
          session,
          " Once upon a time there was a little dog named Tim. He had "
              + (i + 2)
              + " red balls and liked to play in the big park with his friends.");
    }
    return rig.again(session);
  }

  private SessionWindow look(Session session) {
    return windows.look(RunnerRig.TENANT, rig.again(session), model());
  }

  private SessionWindows.Outcome compact(Session session, Policy policy, double ratio)
      throws InterruptedException {
    return windows.compact(RunnerRig.TENANT, rig.again(session), model(), policy, ratio);
  }

  private WindowChange.Compacted compacted(Session session, Policy policy, double ratio)
      throws InterruptedException {
    return assertInstanceOf(SessionWindows.Outcome.Compacted.class, compact(session, policy, ratio))
        .part();
  }

  private SessionWindows.Outcome expand(Session session, @Nullable String segment) {
    return windows.expand(RunnerRig.TENANT, rig.again(session), model(), segment);
  }

  private static SessionPasts.Standing standing(SessionWindow window) {
    return Objects.requireNonNull(window.compact());
  }

  private static List<Tier> tiers(SessionWindow window) {
    return window.segments().stream()
        .filter(one -> one.kind() == Kind.TURN)
        .map(WindowSegment::tier)
        .toList();
  }

  @Test
  void theSegmentsOfAWindowAddUpToWhatTheNextTurnReads() throws InterruptedException {
    Session session = talked("Tell short stories.", 3);
    SessionWindow window = look(session);
    assertEquals(
        List.of(Kind.SYSTEM, Kind.TURN, Kind.TURN, Kind.TURN, Kind.INPUT),
        window.segments().stream().map(WindowSegment::kind).toList());
    assertTrue(window.segments().stream().allMatch(one -> one.tokens() > 0), window::toString);
    assertEquals(List.of(Tier.EXACT, Tier.EXACT, Tier.EXACT), tiers(window));
    assertEquals(window.tokensBefore(), window.tokens());
    assertEquals(window.tokens(), window.segments().stream().mapToInt(WindowSegment::tokens).sum());
    assertEquals(window.tokens(), say(session, "?").usage().inputTokens());
  }

  @Test
  void whatDoesNotFitIsTextOnly() throws InterruptedException {
    Session session = talked(null, 10);
    SessionWindow window = look(session);
    assertEquals(10, tiers(window).size());
    int left = tiers(window).lastIndexOf(Tier.TEXT_ONLY) + 1;
    assertTrue(left > 0 && left < 10, window::toString);
    assertFalse(tiers(window).subList(left, 10).contains(Tier.TEXT_ONLY));
    assertTrue(window.tokens() <= window.promptTokens());
    assertEquals(512 - RunnerRig.LIMITS.outputTokensDefault(), window.promptTokens());
  }

  @Test
  void oldTurnsBecomeFewerKeysFromWhichTheNextTurnGoesOn() throws InterruptedException {
    for (Policy policy : Policy.ALL) {
      Session session = talked("Policy " + policy.name() + ".", TURNS);
      int before = look(session).tokens();
      WindowChange.Compacted part;
      try (Subscription reader = rig.feeds.subscribe(key(session))) {
        part = compacted(session, policy, 4);
        assertEquals(
            new TurnNews.ContextChanged(
                true,
                part.saved().tokensBefore(),
                part.saved().tokensAfter(),
                rig.again(session).lastEvent()),
            Objects.requireNonNull(reader.poll(Duration.ofSeconds(20))).news());
      }
      WindowChange.Saved saved = part.saved();
      assertNotNull(part.heldOut());
      SessionWindow window = look(session);
      assertTrue(standing(window).isInUse());
      assertEquals(before, window.tokensBefore());
      assertEquals(before - saved.tokensBefore() + saved.tokensAfter(), window.tokens());
      List<Tier> tiers = tiers(window);
      assertEquals(Tier.COMPACT, tiers.getFirst());
      assertEquals(List.of(Tier.EXACT, Tier.EXACT), tiers.subList(TURNS - 2, TURNS));
      if (policy.bounds() == null) {
        assertTrue(saved.tokensAfter() <= saved.tokensBefore() / 4 + 1, saved::toString);
        assertTrue(saved.bytesAfter() < saved.bytesBefore() / 2, saved::toString);
      }
      TurnResult next = say(session, "Then Tim");
      assertEquals(saved.exact() + saved.tokensBefore(), next.usage().cachedTokens());
      // Nothing behind it is known to others, so the turn after that begins there too.
      assertEquals(next.usage().cachedTokens(), say(session, "And").usage().cachedTokens());
    }
  }

  private static SessionKey key(Session session) {
    return new SessionKey(RunnerRig.TENANT, session.id());
  }

  /** The twin's answers are those of a session that nobody ever compacted. */
  @Test
  void withAllKeysOrExpandedASessionAnswersAsItsTwin() throws InterruptedException {
    List<String> twin = new ArrayList<>();
    Session untouched = talked(null, TURNS);
    for (String input : List.of("Then Tim saw", "The end of it")) {
      twin.add(say(untouched, input).output());
    }
    Session whole = talked(null, TURNS);
    WindowChange.Compacted part = compacted(whole, Policy.USUAL, 1);
    assertEquals(part.saved().tokensBefore(), part.saved().tokensAfter());
    assertNull(part.heldOut());
    TurnResult first = say(whole, "Then Tim saw");
    assertEquals(part.saved().exact() + part.saved().tokensBefore(), first.usage().cachedTokens());
    assertEquals(twin, List.of(first.output(), say(whole, "The end of it").output()));

    Session expanded = talked(null, TURNS);
    WindowChange.Compacted small = compacted(expanded, Policy.USUAL, 50);
    assertTrue(standing(look(expanded)).isInUse());
    assertEquals(
        small,
        assertInstanceOf(SessionWindows.Outcome.Expanded.class, expand(expanded, null)).part());
    assertNull(look(expanded).compact());
    assertEquals(twin.get(0), say(expanded, "Then Tim saw").output());
    assertEquals(twin.get(1), say(expanded, "The end of it").output());
  }

  @Test
  void aPartIsExpandedByOneOfItsTurnsAndByNoOther() throws InterruptedException {
    Session session = talked(null, TURNS);
    assertEquals(new SessionWindows.Outcome.Expanded(null), expand(session, null));
    WindowChange.Compacted part = compacted(session, Policy.USUAL, 3);
    SessionWindow window = look(session);
    String newest = window.segments().get(TURNS - 1).id();
    assertEquals(new SessionWindows.Outcome.NoSegment(), expand(session, newest));
    assertTrue(standing(look(session)).isInUse());
    String oldest = window.segments().getFirst().id();
    assertEquals(new SessionWindows.Outcome.Expanded(part), expand(session, oldest));
    assertFalse(tiers(look(session)).contains(Tier.COMPACT));
  }

  @Test
  void whereLittleWasSaidThereIsNothingToCompact() throws InterruptedException {
    for (int turns = 0; turns <= SessionWindows.RECENT_TURNS; turns++) {
      Session session = talked("Turns: " + turns, turns);
      assertInstanceOf(SessionWindows.Outcome.Nothing.class, compact(session, Policy.USUAL, 10));
    }
    Session brief = session(null);
    for (int i = 0; i < 4; i++) {
      say(brief, "Hi");
    }
    assertNull(look(brief).compact());
  }

  @Test
  void aBeginningThatChangedIsPassedOver() throws InterruptedException {
    Session session = talked("Be kind.", TURNS);
    WindowChange.Compacted part = compacted(session, Policy.USUAL, 10);
    SessionPatch patch =
        new SessionPatch(new Edit.Keep<>(), new Edit.Put<>("Be brave."), new Edit.Keep<>());
    assertTrue(rig.memory.sessions().update(RunnerRig.TENANT, session.id(), patch).isPresent());
    SessionWindow window = look(session);
    assertEquals(part, standing(window).part());
    assertFalse(standing(window).isInUse());
    assertFalse(tiers(window).contains(Tier.COMPACT));
    assertEquals(window.tokensBefore(), window.tokens());
    assertEquals(0, say(session, "And").usage().cachedTokens());
  }

  @Test
  void whatATenantsModelForgetsIsForgottenCompactedToo() throws InterruptedException {
    Session session = talked(null, TURNS);
    assertNotNull(compacted(session, Policy.USUAL, 10));
    assertTrue(model().forget(RunnerRig.TENANT) > 0);
    assertFalse(standing(look(session)).isInUse());
    assertEquals(0, say(session, "And").usage().cachedTokens());
  }

  @Test
  void aModelWhoseCacheIsNotOursCannot() throws InterruptedException {
    rig.restart(ModelSlot.of(rig.model));
    Session session = talked(null, 1);
    assertInstanceOf(
        SessionWindows.Outcome.Unable.class,
        windows.compact(RunnerRig.TENANT, session, rig.model, Policy.USUAL, 10));
  }

  /** There is room for no copy of it; the clock is asked when it was read, and it is erased. */
  @Test
  void whatCannotBeCompactedOfAnErasedSessionIsForgotten() throws InterruptedException {
    local.close();
    local = open(660_000);
    windows = restarted();
    Session session = talked(null, TURNS);
    SessionWindows late =
        new SessionWindows(
            rig.store,
            ModelSlot.of(model()),
            rig.feeds,
            rig.limits,
            rig.node(() -> {
              rig.memory.sessions().erase(RunnerRig.TENANT, session.id());
              return Instant.EPOCH;
            }));
    assertInstanceOf(SessionWindows.Outcome.Failed.class, compact(session, Policy.USUAL, 10));
    assertEquals(
        new SessionWindows.Outcome.Gone(),
        late.compact(RunnerRig.TENANT, rig.again(session), model(), Policy.USUAL, 10));
    assertEquals(0, model().forget(RunnerRig.TENANT));
  }

  /** Of a quarter of this cache one of the parts takes more than the half. */
  @Test
  void theOldestPartIsGivenUpWhereThereIsNoRoomForTwo() throws InterruptedException {
    local.close();
    local = open(1_500_000);
    windows = restarted();
    Session first = talked("One.", TURNS);
    Session second = talked("Two.", TURNS);
    WindowChange.Compacted part = compacted(first, Policy.USUAL, 1);
    assertTrue(standing(look(first)).isInUse());
    assertTrue(compacted(second, Policy.USUAL, 1).saved().bytesAfter() * 2 > 375_000);
    assertTrue(part.saved().bytesAfter() < 375_000);
    assertFalse(standing(look(first)).isInUse());
    assertTrue(standing(look(second)).isInUse());
    assertFalse(say(first, "And").output().isEmpty());
  }

  /** The twin's process goes on; its answers behind the same keys are the ones to be had. */
  @Test
  void aCompactedSessionSurvivesRestartAndFork() throws InterruptedException, IOException {
    restart(snapshots());
    Session session = talked(null, TURNS);
    WindowChange.Compacted part = compacted(session, Policy.USUAL, 20);
    Session fork = forked(session);
    Session exact = forked(session);
    assertEquals(part, standing(look(fork)).part());
    List<String> expected = new ArrayList<>();
    for (String input : List.of("Then Tim saw", "The end of it")) {
      TurnResult result = say(fork, input);
      assertEquals(
          part.saved().exact() + part.saved().tokensBefore(), result.usage().cachedTokens());
      expected.add(result.output());
    }
    restart(snapshots());
    assertTrue(standing(look(session)).isInUse());
    Session late = forked(session);
    for (Session each : List.of(session, late)) {
      for (int i = 0; i < 2; i++) {
        TurnResult result = say(each, i == 0 ? "Then Tim saw" : "The end of it");
        assertEquals(expected.get(i), result.output());
        assertEquals(
            part.saved().exact() + part.saved().tokensBefore(), result.usage().cachedTokens());
      }
    }
    byte[] bytes = Files.readAllBytes(past());
    bytes[bytes.length / 2] ^= 4;
    Files.write(past(), bytes);
    restart(snapshots());
    assertFalse(standing(look(exact)).isInUse());
    String refused = say(exact, "Then Tim saw").output();
    Session expanded = forked(exact);
    assertInstanceOf(SessionWindows.Outcome.Expanded.class, expand(expanded, null));
    assertNull(look(expanded).compact());
    Session twin = talked(null, TURNS);
    assertEquals(say(twin, "Then Tim saw").output(), refused);
  }

  @Test
  void whatIsLeftOfACompactionGoesWithItsSession() throws InterruptedException, IOException {
    SessionSnapshots snapshots = snapshots();
    restart(snapshots);
    Session session = talked(null, TURNS);
    WindowChange.Compacted first = compacted(session, Policy.USUAL, 10);
    WindowChange.Compacted second = compacted(session, Policy.USUAL, 5);
    assertNotEquals(first.compaction(), second.compaction());
    assertTrue(Files.size(past()) > 0);
    assertEquals(second, standing(look(session)).part());
    SessionCaches caches = new SessionCaches(snapshots, ModelSlot.of(model()));
    assertTrue(caches.forget(RunnerRig.TENANT, session.id()).snapshots() > 0);
    assertFalse(standing(look(session)).isInUse());
    compacted(session, Policy.USUAL, 10);
    assertTrue(Files.exists(past()));
    assertInstanceOf(SessionWindows.Outcome.Expanded.class, expand(session, null));
    compacted(session, Policy.USUAL, 10);
    Path last = past();
    assertTrue(caches.forgetAll(RunnerRig.TENANT).snapshots() > 0);
    assertFalse(Files.exists(last));
    assertEquals(0, snapshots.files());
    restart(snapshots);
    assertFalse(standing(look(session)).isInUse());
  }

  private static double shares(SessionWindow window) {
    return window.segments().stream()
        .filter(one -> one.kind() == Kind.SYSTEM || one.kind() == Kind.TURN)
        .mapToDouble(one -> Objects.requireNonNull(one.attentionShare()))
        .peek(share -> assertTrue(share > 0 && share < 1, window::toString))
        .sum();
  }

  @Test
  void theAttentionOfTheNewestAnswerIsSharedAmongTheSegments() throws InterruptedException {
    Session session = talked("Tell short stories.", 4);
    SessionWindow window = look(session);
    assertEquals(1, shares(window), 1e-3);
    assertTrue(window.segments().stream().allMatch(SessionWindowsTest::hasPart), window::toString);
    Session other = talked("Tell short stories.", 4);
    assertEquals(1, shares(look(other)), 1e-3);
    assertNotNull(compacted(session, Policy.USUAL, 10));
    assertEquals(1, shares(look(session)), 1e-3);
    assertFalse(say(session, "Then Tim").output().isEmpty());
    assertEquals(1, shares(look(session)), 1e-3);
    assertNull(look(forked(session)).segments().getFirst().attentionShare());
    SessionPatch patch =
        new SessionPatch(new Edit.Keep<>(), new Edit.Put<>("Be brave."), new Edit.Keep<>());
    assertTrue(rig.memory.sessions().update(RunnerRig.TENANT, other.id(), patch).isPresent());
    assertNull(look(other).segments().getFirst().attentionShare());
    assertTrue(model().forget(RunnerRig.TENANT) > 0);
    assertNull(look(session).segments().getFirst().attentionShare());
  }

  /** The place of the next input was not there to be looked at. */
  private static boolean hasPart(WindowSegment segment) {
    Double share = segment.attentionShare();
    return segment.kind() == WindowSegment.Kind.INPUT || (share != null && share > 0 && share < 1);
  }
}
