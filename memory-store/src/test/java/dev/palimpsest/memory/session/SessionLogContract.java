package dev.palimpsest.memory.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Change;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every implementation of {@link SessionLog} does; includes {@link PastContract}. */
public abstract class SessionLogContract extends PastContract {
  /** For subclasses. */
  protected SessionLogContract() {}

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
            0,
            null,
            List.of()),
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
    assertEquals(List.of(), patched.tools());
    Tool ask = new Tool.Client("ask", "Asks.", "{\"type\":\"object\"}", false, 60);
    for (List<Tool> tools : List.of(List.of(ask, Tool.BuiltIn.RESULT_READ), List.<Tool>of(ask))) {
      Edit<List<Tool>> put = new Edit.Put<>(tools);
      SessionPatch declared =
          new SessionPatch(new Edit.Keep<>(), new Edit.Keep<>(), new Edit.Keep<>(), put);
      assertEquals(tools, log.update(tenant, id, declared).orElseThrow().tools());
      assertEquals(tools, log.find(tenant, id).orElseThrow().tools());
    }
    SessionPatch cleared =
        new SessionPatch(
            new Edit.Keep<>(), new Edit.Keep<>(), new Edit.Keep<>(), new Edit.Clear<>());
    assertEquals(List.of(), log.update(tenant, id, cleared).orElseThrow().tools());
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
}
