package dev.palimpsest.memory.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

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
}
