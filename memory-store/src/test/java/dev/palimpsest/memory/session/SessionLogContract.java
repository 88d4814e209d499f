package dev.palimpsest.memory.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Change;
import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import dev.palimpsest.memory.session.TurnEvent.Answered;
import dev.palimpsest.memory.session.TurnEvent.Planned;
import dev.palimpsest.memory.session.TurnEvent.TurnFailed;
import dev.palimpsest.memory.session.TurnEvent.UserSaid;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every implementation of {@link SessionLog} does. */
public abstract class SessionLogContract {
  private static final NodeId NODE = new NodeId("node-1");
  private static final NodeId OTHER_NODE = new NodeId("node-2");
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final int THREADS = 8;
  private static final SamplingOptions SAMPLING =
      new SamplingOptions(0.1, 40, 0.95, Double.MIN_VALUE, Long.MIN_VALUE);
  private static final Planned PLANNED = new Planned("sha256:model", null, 12, List.of(1L), 0);
  private static final Answered ANSWERED =
      new Answered("Hello.", Finish.STOP, new Usage(12, 4, 8, 3, 20, 90));

  private final TestClock clock = new TestClock();
  private SessionLog log;
  private TenantId tenant;

  /** For subclasses. */
  @SuppressWarnings("NullAway.Init")
  protected SessionLogContract() {}

  /** The log under test, over an empty store or one that holds other tenants' rows alone. */
  protected abstract SessionLog open(TestClock clock, IdSource ids);

  /** A tenant that no other test uses. */
  protected abstract TenantId freshTenant();

  @BeforeEach
  void open() {
    log = open(clock, new CountingIds());
    tenant = freshTenant();
  }

  @Test
  void createdSessionIsFoundAsItWasAskedFor() {
    Scope scope = new Scope("ada", "helper", "garden");
    NewSession request = new NewSession("Title", "model", "Be kind.", scope, 4096, SAMPLING, null);
    Session made = assertInstanceOf(Creation.Created.class, log.create(tenant, request)).session();
    assertEquals(
        new Session(
            made.id(),
            "Title",
            "model",
            "Be kind.",
            scope,
            4096,
            SAMPLING,
            clock.instant().truncatedTo(ChronoUnit.MICROS),
            clock.instant().truncatedTo(ChronoUnit.MICROS),
            0),
        made);
    assertEquals(Optional.of(made), log.find(tenant, made.id()));
    assertEquals(Optional.empty(), log.find(freshTenant(), made.id()));
  }

  @Test
  void sameKeyAndRequestIsTheSameSessionAsItIsNow() {
    NewSession request = keyed("Title", Scope.NONE);
    SessionId id = created(request);
    log.update(tenant, id, titled(new Edit.Put<>("Renamed")));
    Session existing =
        assertInstanceOf(Creation.Existing.class, log.create(tenant, request)).session();
    assertEquals(id, existing.id());
    assertEquals("Renamed", existing.title());
  }

  @Test
  void sameKeyForAnotherRequestIsAConflict() {
    created(keyed("Title", Scope.NONE));
    assertEquals(new Creation.Conflict(), log.create(tenant, keyed("Other", Scope.NONE)));
    assertEquals(1, log.list(tenant, Scope.NONE, 10, null).data().size());
  }

  @Test
  void sameKeyInAnotherScopeOrTenantIsAnotherSession() {
    SessionId first = created(keyed("Title", Scope.NONE));
    assertNotEquals(first, created(keyed("Title", Scope.ofUser("ada"))));
    assertInstanceOf(Creation.Created.class, log.create(freshTenant(), keyed("Title", Scope.NONE)));
  }

  @Test
  void sameKeyFromManyThreadsMakesOneSession() throws Exception {
    NewSession request = keyed("Title", Scope.ofUser("ada"));
    List<Creation> results = fromManyThreads(i -> log.create(tenant, request));
    assertEquals(1, results.stream().filter(r -> r instanceof Creation.Created).count());
    assertEquals(THREADS - 1, results.stream().filter(r -> r instanceof Creation.Existing).count());
  }

  @Test
  void sessionsAreListedNewestFirstPageByPage() {
    List<SessionId> ids = IntStream.range(0, 5).mapToObj(i -> created(NewSession.PLAIN)).toList();
    Page<Session> first = log.list(tenant, Scope.NONE, 2, null);
    Page<Session> second = log.list(tenant, Scope.NONE, 2, first.next());
    Page<Session> third = log.list(tenant, Scope.NONE, 2, second.next());
    List<Session> all = new ArrayList<>(first.data());
    all.addAll(second.data());
    all.addAll(third.data());
    assertEquals(ids.reversed(), all.stream().map(Session::id).toList());
    assertEquals(new Page<>(third.data(), null), third);
    for (String bad : List.of("", "~", "ses_", "trn_1", "ses_1\0")) {
      assertThrows(IllegalArgumentException.class, () -> log.list(tenant, Scope.NONE, 2, bad), bad);
    }
    assertEquals(List.of(), log.list(tenant, Scope.NONE, 2, "ses_0").data());
  }

  @Test
  void exactlyFullLastPageHasNoNext() {
    created(NewSession.PLAIN);
    created(NewSession.PLAIN);
    assertEquals(null, log.list(tenant, Scope.NONE, 2, null).next());
  }

  @Test
  void scopeFilterShowsItsOwnAndUnscopedSessions() {
    SessionId unscoped = created(NewSession.PLAIN);
    SessionId ada = created(scoped(new Scope("ada", null, "garden")));
    SessionId bob = created(scoped(new Scope("bob", null, "garden")));
    assertEquals(List.of(ada, unscoped), listed(Scope.ofUser("ada")));
    assertEquals(List.of(bob, ada, unscoped), listed(new Scope(null, null, "garden")));
    assertEquals(List.of(unscoped), listed(new Scope("ada", null, "house")));
    assertEquals(List.of(bob, ada, unscoped), listed(Scope.NONE));
  }

  @Test
  void limitsAreKeptEverywhere() {
    SessionId id = created(NewSession.PLAIN);
    for (int bad : new int[] {0, -1, Page.LIMIT_MAX + 1}) {
      assertThrows(IllegalArgumentException.class, () -> log.list(tenant, Scope.NONE, bad, null));
      assertThrows(IllegalArgumentException.class, () -> log.read(tenant, id, 0, bad));
      assertThrows(IllegalArgumentException.class, () -> log.changes(tenant, 0, bad));
      assertThrows(IllegalArgumentException.class, () -> log.openTurns(bad));
    }
    assertEquals(1, log.list(tenant, Scope.NONE, Page.LIMIT_MAX, null).data().size());
    assertEquals(0, log.read(tenant, id, 0, Page.LIMIT_MAX).size());
    assertEquals(1, log.changes(tenant, 0, Page.LIMIT_MAX).size());
    assertEquals(0, openTurnsOfTenant().size());
  }

  @Test
  void patchKeepsClearsAndPuts() {
    NewSession request =
        new NewSession("Title", "model", "Be kind.", Scope.NONE, null, SAMPLING, null);
    SessionId id = created(request);
    clock.advance(MINUTE);
    SessionPatch patch =
        new SessionPatch(new Edit.Put<>("New"), new Edit.Clear<>(), new Edit.Keep<>());
    Session patched = log.update(tenant, id, patch).orElseThrow();
    assertEquals("New", patched.title());
    assertEquals(null, patched.instructions());
    assertEquals(SAMPLING, patched.sampling());
    assertEquals("model", patched.model());
    assertEquals(clock.instant().truncatedTo(ChronoUnit.MICROS), patched.updatedAt());
    assertEquals(Optional.of(patched), log.find(tenant, id));
    assertEquals(Optional.empty(), log.update(freshTenant(), id, patch));
  }

  @Test
  void patchThatChangesNothingWritesNothing() {
    SessionId id = created(keyed("Title", Scope.NONE));
    Session before = log.find(tenant, id).orElseThrow();
    clock.advance(MINUTE);
    assertEquals(Optional.of(before), log.update(tenant, id, titled(new Edit.Put<>("Title"))));
    assertEquals(Optional.of(before), log.update(tenant, id, SessionPatch.NONE));
    assertEquals(List.of("session_created"), kinds());
  }

  @Test
  void eraseLeavesNothingButWordOfIt() {
    NewSession request = keyed("Title", Scope.ofUser("ada"));
    SessionId id = created(request);
    SessionId neighbour = created(NewSession.PLAIN);
    turnDone(id, turn(1));
    accepted(id, turn(2), said("again", null));
    EraseReceipt receipt = log.erase(tenant, id).orElseThrow();
    assertEquals(id, receipt.session());
    assertEquals(4, receipt.eventsErased());
    assertEquals(Optional.empty(), log.find(tenant, id));
    assertEquals(List.of(), log.read(tenant, id, 0, 10));
    assertEquals(List.of(), log.readTurn(tenant, id, turn(1)));
    assertEquals(List.of(), openTurnsOfTenant());
    assertEquals(Optional.empty(), log.erase(tenant, id));
    assertEquals(new Acceptance.Gone(), log.accept(tenant, id, turn(3), said("x", null)));
    assertEquals(new Appended.Gone(), log.append(tenant, id, turn(2), 5, PLANNED, NODE));
    assertFalse(log.lease(tenant, id, NODE, MINUTE));
    assertEquals(
        List.of("session_created " + neighbour, "session_erased " + id),
        log.changes(tenant, 0, 10).stream().map(c -> c.kind() + " " + c.subject()).toList());
    assertNotEquals(id, created(request));
  }

  @Test
  void turnFromAcceptanceToAnswerIsReadBackAsItWasWritten() {
    SessionId id = created(NewSession.PLAIN);
    LoggedEvent first = accepted(id, turn(1), said("Hello", "c1"));
    assertEquals(1, first.number());
    assertEquals(List.of(new OpenTurn(tenant, id, turn(1))), openTurnsOfTenant());
    log.lease(tenant, id, NODE, MINUTE);
    clock.advance(Duration.ofSeconds(1));
    LoggedEvent second = written(log.append(tenant, id, turn(1), 2, PLANNED, NODE));
    LoggedEvent third = written(log.append(tenant, id, turn(1), 3, ANSWERED, NODE));
    assertEquals(List.of(first, second, third), log.read(tenant, id, 0, 10));
    assertEquals(List.of(second), log.read(tenant, id, 1, 1));
    assertEquals(List.of(), log.read(tenant, id, 3, 10));
    assertEquals(List.of(), log.read(freshTenant(), id, 0, 10));
    assertEquals(List.of(), openTurnsOfTenant());
    Session after = log.find(tenant, id).orElseThrow();
    assertEquals(3, after.lastEvent());
    assertEquals(third.at(), after.updatedAt());
  }

  @Test
  void turnsAreReadOneByOne() {
    SessionId id = created(NewSession.PLAIN);
    turnDone(id, turn(1));
    turnDone(id, turn(2));
    assertEquals(
        List.of(4L, 5L, 6L),
        log.readTurn(tenant, id, turn(2)).stream().map(LoggedEvent::number).toList());
    assertEquals(List.of(), log.readTurn(tenant, id, turn(3)));
  }

  @Test
  void repeatedTurnIsToldSoEvenWhileAnotherIsOpen() {
    SessionId id = created(NewSession.PLAIN);
    accepted(id, turn(1), said("Hello", "c1"));
    assertEquals(new Acceptance.Repeated(turn(1)), accept(id, turn(2), said("Hello", "c1")));
    assertEquals(new Acceptance.Repeated(turn(1)), accept(id, turn(1), said("Hello", "c1")));
    assertEquals(new Acceptance.Busy(turn(1)), accept(id, turn(2), said("More", "c2")));
    end(id, turn(1), 2, FailureType.CANCELLED);
    accepted(id, turn(2), said("More", "c2"));
    assertEquals(new Acceptance.Repeated(turn(1)), accept(id, turn(3), said("Hello", "c1")));
    assertEquals(new Acceptance.Repeated(turn(1)), accept(id, turn(1), said("Hello", null)));
    assertEquals(3, log.read(tenant, id, 0, 10).size());
  }

  @Test
  void sameClientTurnIdServesEachSessionOnItsOwn() {
    accepted(created(NewSession.PLAIN), turn(1), said("Hello", "c1"));
    accepted(created(NewSession.PLAIN), turn(2), said("Hello", "c1"));
  }

  @Test
  void sameClientTurnIdFromManyThreadsIsAcceptedOnce() throws Exception {
    SessionId id = created(NewSession.PLAIN);
    List<Acceptance> results =
        fromManyThreads(i -> log.accept(tenant, id, turn(i), said("Hello", "c1")));
    List<Acceptance> accepted =
        results.stream().filter(r -> r instanceof Acceptance.Accepted).toList();
    assertEquals(1, accepted.size());
    TurnId winner = ((Acceptance.Accepted) accepted.getFirst()).event().turn();
    results.stream()
        .filter(r -> !(r instanceof Acceptance.Accepted))
        .forEach(r -> assertEquals(new Acceptance.Repeated(winner), r));
    assertEquals(1, log.read(tenant, id, 0, 10).size());
  }

  @Test
  void oneTurnIsOpenHoweverManyAreProposedAtOnce() throws Exception {
    SessionId id = created(NewSession.PLAIN);
    List<Acceptance> results =
        fromManyThreads(i -> log.accept(tenant, id, turn(i), said("Hello", "c" + i)));
    assertEquals(1, results.stream().filter(r -> r instanceof Acceptance.Accepted).count());
    assertEquals(THREADS - 1, results.stream().filter(r -> r instanceof Acceptance.Busy).count());
    assertEquals(1, openTurnsOfTenant().size());
  }

  @Test
  void staleNumberWritesNothing() {
    SessionId id = created(NewSession.PLAIN);
    accepted(id, turn(1), said("Hello", null));
    log.lease(tenant, id, NODE, MINUTE);
    List<Change> before = log.changes(tenant, 0, 10);
    Session session = log.find(tenant, id).orElseThrow();
    clock.advance(Duration.ofSeconds(1));
    for (long number : new long[] {0, 1, 3, Long.MAX_VALUE}) {
      assertEquals(new Appended.Stale(1), log.append(tenant, id, turn(1), number, PLANNED, NODE));
    }
    assertEquals(1, log.read(tenant, id, 0, 10).size());
    assertEquals(before, log.changes(tenant, 0, 10));
    assertEquals(Optional.of(session), log.find(tenant, id));
  }

  @Test
  void sameNumberFromManyThreadsIsWrittenOnce() throws Exception {
    SessionId id = created(NewSession.PLAIN);
    accepted(id, turn(1), said("Hello", null));
    log.lease(tenant, id, NODE, MINUTE);
    List<Appended> results =
        fromManyThreads(i -> log.append(tenant, id, turn(1), 2, PLANNED, NODE));
    assertEquals(1, results.stream().filter(r -> r instanceof Appended.Written).count());
    assertEquals(
        THREADS - 1, results.stream().filter(r -> r.equals(new Appended.Stale(2))).count());
  }

  @Test
  void nothingIsAppendedWithoutTheLease() {
    SessionId id = created(NewSession.PLAIN);
    accepted(id, turn(1), said("Hello", null));
    assertEquals(new Appended.LeaseLost(), log.append(tenant, id, turn(1), 2, PLANNED, NODE));
    log.lease(tenant, id, OTHER_NODE, MINUTE);
    assertEquals(new Appended.LeaseLost(), log.append(tenant, id, turn(1), 2, PLANNED, NODE));
    clock.advance(MINUTE);
    assertEquals(new Appended.LeaseLost(), log.append(tenant, id, turn(1), 2, PLANNED, OTHER_NODE));
    assertEquals(1, log.read(tenant, id, 0, 10).size());
    assertTrue(log.lease(tenant, id, NODE, MINUTE));
    written(log.append(tenant, id, turn(1), 2, PLANNED, NODE));
  }

  @Test
  void endedTurnTakesNoMoreEvents() {
    SessionId id = created(NewSession.PLAIN);
    turnDone(id, turn(1));
    assertEquals(new Appended.NotOpen(null), log.append(tenant, id, turn(1), 4, PLANNED, NODE));
    assertEquals(new Appended.NotOpen(null), log.append(tenant, id, turn(1), 4, ANSWERED, NODE));
    accepted(id, turn(2), said("More", null));
    assertEquals(new Appended.NotOpen(turn(2)), log.append(tenant, id, turn(1), 5, ANSWERED, NODE));
    assertEquals(new Appended.NotOpen(turn(2)), log.append(tenant, id, turn(9), 5, PLANNED, NODE));
  }

  @Test
  void interruptedTurnIsOpenedAgainByAPlan() {
    SessionId id = created(NewSession.PLAIN);
    accepted(id, turn(1), said("Hello", "c1"));
    end(id, turn(1), 2, FailureType.INTERRUPTED);
    assertEquals(new Appended.NotOpen(null), log.append(tenant, id, turn(1), 3, ANSWERED, NODE));
    written(log.append(tenant, id, turn(1), 3, PLANNED, NODE));
    assertEquals(List.of(new OpenTurn(tenant, id, turn(1))), openTurnsOfTenant());
    written(log.append(tenant, id, turn(1), 4, ANSWERED, NODE));
    assertEquals(new Appended.NotOpen(null), log.append(tenant, id, turn(1), 5, PLANNED, NODE));
  }

  @Test
  void interruptedTurnStaysClosedWhileAnotherIsOpen() {
    SessionId id = created(NewSession.PLAIN);
    accepted(id, turn(1), said("Hello", null));
    end(id, turn(1), 2, FailureType.INTERRUPTED);
    accepted(id, turn(2), said("More", null));
    assertEquals(new Appended.NotOpen(turn(2)), log.append(tenant, id, turn(1), 4, PLANNED, NODE));
  }

  @Test
  void onlyAnInterruptionCanBeUndone() {
    for (FailureType type : FailureType.values()) {
      if (type != FailureType.INTERRUPTED) {
        SessionId id = created(NewSession.PLAIN);
        accepted(id, turn(1), said("Hello", null));
        end(id, turn(1), 2, type);
        assertEquals(new Appended.NotOpen(null), log.append(tenant, id, turn(1), 3, PLANNED, NODE));
      }
    }
  }

  @Test
  void whatAUserSaidIsNotAppended() {
    SessionId id = created(NewSession.PLAIN);
    assertThrows(
        IllegalArgumentException.class,
        () -> log.append(tenant, id, turn(1), 1, said("Hello", null), NODE));
  }

  @Test
  void openTurnsAreFoundAcrossTenantsUpToTheLimit() {
    accepted(created(NewSession.PLAIN), turn(1), said("Hello", null));
    accepted(created(NewSession.PLAIN), turn(2), said("Hello", null));
    TenantId first = tenant;
    tenant = freshTenant();
    accepted(created(NewSession.PLAIN), turn(3), said("Hello", null));
    List<OpenTurn> all = log.openTurns(Page.LIMIT_MAX);
    List<TurnId> ours =
        all.stream()
            .filter(open -> open.tenant().equals(first) || open.tenant().equals(tenant))
            .map(OpenTurn::turn)
            .sorted((a, b) -> a.value().compareTo(b.value()))
            .toList();
    assertEquals(List.of(turn(1), turn(2), turn(3)), ours);
    assertEquals(all.subList(0, 2), log.openTurns(2));
  }

  @Test
  void everyWriteLeavesOneChangeInOrder() {
    SessionId id = created(NewSession.PLAIN);
    LoggedEvent said = accepted(id, turn(1), said("Hello", null));
    log.lease(tenant, id, NODE, MINUTE);
    log.update(tenant, id, titled(new Edit.Put<>("Title")));
    LoggedEvent planned = written(log.append(tenant, id, turn(1), 2, PLANNED, NODE));
    log.release(tenant, id, NODE);
    assertEquals(
        List.of("session_created", "event_appended", "session_updated", "event_appended"), kinds());
    List<Change> changes = log.changes(tenant, 0, 10);
    assertEquals(List.of(1L, 2L, 3L, 4L), changes.stream().map(Change::number).toList());
    assertEquals(said.change(), changes.get(1).number());
    assertEquals(planned.change(), changes.get(3).number());
    assertEquals(changes.subList(2, 4), log.changes(tenant, 2, 10));
    assertEquals(changes.subList(1, 2), log.changes(tenant, 1, 1));
    assertEquals(List.of(), log.changes(freshTenant(), 0, 10));
  }

  @Test
  void leaseHasOneOwnerUntilItRunsOutOrIsGivenBack() {
    SessionId id = created(NewSession.PLAIN);
    assertTrue(log.lease(tenant, id, NODE, MINUTE));
    assertTrue(log.lease(tenant, id, NODE, MINUTE));
    assertFalse(log.lease(tenant, id, OTHER_NODE, MINUTE));
    log.release(tenant, id, OTHER_NODE);
    assertFalse(log.lease(tenant, id, OTHER_NODE, MINUTE));
    clock.advance(MINUTE.minusNanos(1000));
    assertFalse(log.lease(tenant, id, OTHER_NODE, MINUTE));
    clock.advance(Duration.ofNanos(1000));
    assertTrue(log.lease(tenant, id, OTHER_NODE, MINUTE));
    log.release(tenant, id, OTHER_NODE);
    assertTrue(log.lease(tenant, id, NODE, MINUTE));
    assertFalse(log.lease(freshTenant(), id, NODE, MINUTE));
  }

  @Test
  void leaseLastsAtMostItsLimit() {
    SessionId id = created(NewSession.PLAIN);
    assertTrue(log.lease(tenant, id, NODE, SessionLog.LEASE_MAX));
    for (Duration bad : List.of(SessionLog.LEASE_MAX.plusNanos(1), Duration.ZERO)) {
      assertThrows(IllegalArgumentException.class, () -> log.lease(tenant, id, NODE, bad));
    }
  }

  @Test
  void hostileTextsComeBackAsTheyWere() {
    String longest = "x\uD83E\uDDEA\u20AC".repeat(TurnEvent.TEXT_CHARACTERS_MAX / 4);
    List<String> texts =
        List.of(
            "",
            " ",
            "\uFFFD\uFFFE\uFEFF",
            "'; DROP TABLE session; --",
            "\\u0000 \\\" {\"a\":1} $1 ? :tenant %s",
            "\u0001\u001F\u007F\u0085\u2028\u2029\r\n\t",
            "\u202Eright to left \u05D0 \uD83D\uDC69\u200D\uD83D\uDCBB",
            longest);
    for (String text : texts) {
      SessionId id =
          created(
              new NewSession(
                  "t" + shortened(text),
                  null,
                  shortened(text),
                  Scope.ofUser("u" + shortened(text)),
                  null,
                  null,
                  null));
      LoggedEvent event = accepted(id, turn(1), said(text, "c" + shortened(text)));
      assertEquals(List.of(event), log.read(tenant, id, 0, 10));
      assertEquals("t" + shortened(text), log.find(tenant, id).orElseThrow().title());
      assertEquals(
          new Acceptance.Repeated(turn(1)), accept(id, turn(2), said("", "c" + shortened(text))));
    }
  }

  @Test
  void aReadReturnsAtMostItsShareOfText() {
    SessionId id = created(NewSession.PLAIN);
    String longest = "x".repeat(TurnEvent.TEXT_CHARACTERS_MAX);
    int turns = SessionLog.READ_CHARACTERS_MAX / TurnEvent.TEXT_CHARACTERS_MAX;
    for (int i = 1; i <= turns; i++) {
      accepted(id, turn(i), said(longest, null));
      end(id, turn(i), 2L * i, FailureType.CANCELLED);
    }
    List<Integer> sizes = new ArrayList<>();
    long after = 0;
    for (List<LoggedEvent> part = log.read(tenant, id, after, Page.LIMIT_MAX);
        !part.isEmpty();
        part = log.read(tenant, id, after, Page.LIMIT_MAX)) {
      assertEquals(after + 1, part.getFirst().number());
      after = part.getLast().number();
      sizes.add(part.size());
    }
    assertEquals(List.of(2 * turns - 2, 2), sizes);
  }

  private void turnDone(SessionId id, TurnId turn) {
    LoggedEvent said = accepted(id, turn, said("Hello", null));
    log.lease(tenant, id, NODE, MINUTE);
    written(log.append(tenant, id, turn, said.number() + 1, PLANNED, NODE));
    written(log.append(tenant, id, turn, said.number() + 2, ANSWERED, NODE));
  }

  private void end(SessionId id, TurnId turn, long number, FailureType type) {
    log.lease(tenant, id, NODE, MINUTE);
    written(log.append(tenant, id, turn, number, new TurnFailed(type, "It ended."), NODE));
  }

  private SessionId created(NewSession request) {
    return assertInstanceOf(Creation.Created.class, log.create(tenant, request)).session().id();
  }

  private Acceptance accept(SessionId id, TurnId turn, UserSaid said) {
    return log.accept(tenant, id, turn, said);
  }

  private LoggedEvent accepted(SessionId id, TurnId turn, UserSaid said) {
    return assertInstanceOf(Acceptance.Accepted.class, accept(id, turn, said)).event();
  }

  private static LoggedEvent written(Appended appended) {
    return assertInstanceOf(Appended.Written.class, appended).event();
  }

  private List<SessionId> listed(Scope filter) {
    return log.list(tenant, filter, 10, null).data().stream().map(Session::id).toList();
  }

  private List<OpenTurn> openTurnsOfTenant() {
    return log.openTurns(Page.LIMIT_MAX).stream()
        .filter(open -> open.tenant().equals(tenant))
        .toList();
  }

  private List<String> kinds() {
    return log.changes(tenant, 0, 100).stream().map(Change::kind).toList();
  }

  private static TurnId turn(int number) {
    return new TurnId("trn_" + number);
  }

  private static UserSaid said(String text, @Nullable String clientTurnId) {
    return new UserSaid(text, clientTurnId, Long.MAX_VALUE, SAMPLING, 256);
  }

  private static NewSession keyed(String title, Scope scope) {
    return new NewSession(title, null, null, scope, null, null, "key-1");
  }

  private static NewSession scoped(Scope scope) {
    return new NewSession(null, null, null, scope, null, null, null);
  }

  private static SessionPatch titled(Edit<String> title) {
    return new SessionPatch(title, new Edit.Keep<>(), new Edit.Keep<>());
  }

  private static String shortened(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100);
  }

  private static <T> List<T> fromManyThreads(Function<Integer, T> work) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<T>> calls = new ArrayList<>();
      IntStream.range(0, THREADS).forEach(i -> calls.add(() -> work.apply(i)));
      List<T> results = new ArrayList<>();
      for (Future<T> result : threads.invokeAll(calls)) {
        results.add(result.get());
      }
      return results;
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    }
  }
}
