package dev.palimpsest.memory.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.palimpsest.memory.Scope;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Sessions that begin with the past of another. */
public abstract class ForkContract extends TurnContract {
  /** For subclasses. */
  protected ForkContract() {}

  private Session forked(SessionId parent, @Nullable Long at) {
    Forking made = log.fork(tenant, parent, at, null);
    return assertInstanceOf(Forking.Forked.class, made).session();
  }

  private List<TurnEvent> said(SessionId session) {
    return log.read(tenant, session, 0, 100).stream().map(LoggedEvent::event).toList();
  }

  @Test
  void aForkBeginsWithThePastAndGoesOnAlone() {
    NewSession request =
        new NewSession("T", "m", "Be kind.", Scope.ofUser("ada"), 512, SAMPLING, null);
    SessionId parent = created(request);
    turnDone(parent, turn(1));
    Session child = forked(parent, null);
    assertNotEquals(parent, child.id());
    assertEquals(request, child.again(null));
    assertEquals(3, child.lastEvent());
    assertEquals(Optional.of(child), log.find(tenant, child.id()));
    assertEquals(said(parent), said(child.id()));
    LoggedEvent copied = log.read(tenant, child.id(), 0, 10).getFirst();
    LoggedEvent original = log.read(tenant, parent, 0, 10).getFirst();
    assertEquals(child.id(), copied.session());
    assertEquals(original.turn(), copied.turn());
    assertEquals(original.at(), copied.at());
    turnDone(child.id(), turn(2));
    assertEquals(3, said(parent).size());
    assertEquals(6, said(child.id()).size());
    assertEquals(3, log.readTurn(tenant, child.id(), turn(1)).size());
  }

  @Test
  void anOpenTurnIsNotForked() {
    SessionId parent = created(NewSession.PLAIN);
    turnDone(parent, turn(1));
    accepted(parent, turn(2), said("again", null));
    assertEquals(3, forked(parent, null).lastEvent());
    assertEquals(1, openTurnsOfTenant().size());
  }

  @Test
  void aForkMayBeginEarlierButNotWithinATurn() {
    SessionId parent = created(NewSession.PLAIN);
    turnDone(parent, turn(1));
    turnDone(parent, turn(2));
    assertEquals(said(parent).subList(0, 3), said(forked(parent, 3L).id()));
    assertEquals(List.of(), said(forked(parent, 0L).id()));
    assertEquals(new Forking.NoEnd(3), log.fork(tenant, parent, 5L, null));
    assertEquals(new Forking.NoEnd(6), log.fork(tenant, parent, 7L, null));
    assertEquals(new Forking.NoEnd(0), log.fork(tenant, parent, 2L, null));
    assertEquals(new Forking.NoEnd(0), log.fork(tenant, parent, -1L, null));
    assertEquals(3, log.list(tenant, Scope.NONE, 10, null).data().size());
  }

  @Test
  void erasingOneTakesNothingFromTheOther() {
    SessionId parent = created(NewSession.PLAIN);
    turnDone(parent, turn(1));
    Session child = forked(parent, null);
    assertEquals(3, log.erase(tenant, parent).orElseThrow().eventsErased());
    assertEquals(3, said(child.id()).size());
    assertEquals(new Forking.Gone(), log.fork(tenant, parent, null, null));
    assertEquals(new Forking.Gone(), log.fork(freshTenant(), child.id(), null, null));
  }

  @Test
  void theSameKeyMakesOneFork() {
    SessionId parent = created(NewSession.PLAIN);
    turnDone(parent, turn(1));
    Session child =
        assertInstanceOf(Forking.Forked.class, log.fork(tenant, parent, null, "key")).session();
    turnDone(parent, turn(2));
    assertEquals(new Forking.Existing(child), log.fork(tenant, parent, null, "key"));
    assertEquals(new Forking.Conflict(), log.fork(tenant, parent, 3L, "key"));
    assertEquals(new Forking.Conflict(), log.fork(tenant, child.id(), null, "key"));
    NewSession other = new NewSession(null, null, null, Scope.NONE, null, null, "key");
    assertEquals(new Creation.Conflict(), log.create(tenant, other));
    assertEquals(
        List.of("session_created", "session_created"),
        kinds().stream().filter("session_created"::equals).toList());
  }

  private static final CompactionId COMPACTION = new CompactionId("cmp_1");
  private static final WindowChange.Saved SAVED = new WindowChange.Saved(4, 64, 8, 1_000, 200);
  private static final WindowChange COMPACTED =
      new WindowChange.Compacted(COMPACTION, "recent", 8, List.of(turn(1)), SAVED, null);
  private static final WindowChange EXPANDED =
      new WindowChange.Expanded(COMPACTION, SAVED.undone());

  @Test
  void whatBecomesOfAWindowIsNotedBesideTheTurns() {
    SessionId id = created(NewSession.PLAIN);
    assertEquals(new Appended.NotOpen(null), log.note(tenant, id, 1, COMPACTED));
    turnDone(id, turn(1));
    accepted(id, turn(2), said("again", null));
    assertEquals(new Appended.Stale(4), log.note(tenant, id, 4, COMPACTED));
    LoggedEvent noted = written(log.note(tenant, id, 5, COMPACTED));
    assertEquals(turn(2), noted.turn());
    assertEquals(List.of(noted), log.read(tenant, id, 4, 10));
    assertEquals(1, log.readTurn(tenant, id, turn(2)).size());
    assertEquals(List.of(new OpenTurn(tenant, id, turn(2))), openTurnsOfTenant());
    assertEquals(5, log.find(tenant, id).orElseThrow().lastEvent());
    log.lease(tenant, id, NODE, MINUTE);
    assertEquals(new Appended.Stale(5), log.append(tenant, id, turn(2), 5, PLANNED, NODE));
    written(log.append(tenant, id, turn(2), 6, PLANNED, NODE));
    end(id, turn(2), 7, FailureType.INTERRUPTED);
    written(log.note(tenant, id, 8, EXPANDED));
    assertEquals(List.of(), openTurnsOfTenant());
    // What was noted behind its end does not keep it from being opened again.
    written(log.append(tenant, id, turn(2), 9, PLANNED, NODE));
    assertEquals(new Appended.Gone(), log.note(freshTenant(), id, 10, EXPANDED));
    assertThrows(
        IllegalArgumentException.class, () -> new NewEvent(turn(2), 10, COMPACTED, List.of()));
    assertEquals(9, log.erase(tenant, id).orElseThrow().eventsErased());
    assertEquals(new Appended.Gone(), log.note(tenant, id, 10, EXPANDED));
  }

  @Test
  void aForkTakesAlongWhatBecameOfTheWindowBetweenTurns() {
    SessionId parent = created(NewSession.PLAIN);
    turnDone(parent, turn(1));
    written(log.note(tenant, parent, 4, COMPACTED));
    accepted(parent, turn(2), said("again", null));
    written(log.note(tenant, parent, 6, EXPANDED));
    assertEquals(said(parent).subList(0, 4), said(forked(parent, null).id()));
    assertEquals(4, forked(parent, 4L).lastEvent());
    assertEquals(3, forked(parent, 3L).lastEvent());
    assertEquals(new Forking.NoEnd(4), log.fork(tenant, parent, 6L, null));
  }
}
