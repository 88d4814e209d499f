package dev.palimpsest.memory.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Change;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The part of the contract that is about turns: accepting, appending, reading, recovering. */
abstract class TurnContract extends RememberingContract {
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
    for (int i = 0; i < all.size(); i++) {
      assertEquals(all.subList(i + 1, all.size()), log.openTurns(all.get(i), Page.LIMIT_MAX));
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
}
