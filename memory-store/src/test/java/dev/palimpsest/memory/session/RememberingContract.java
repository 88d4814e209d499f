package dev.palimpsest.memory.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Scope;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The part of the contract that is about memory: a turn's end and its episodes are one write. */
abstract class RememberingContract extends SessionLogFixture {
  private static final Scope ADA = Scope.ofUser("ada");
  private static final TurnEvent RECALLED =
      new TurnEvent.Recalled("Hello", List.of(), 1, false, 1, null);
  private static final TurnEvent INTERRUPTED =
      new TurnEvent.TurnFailed(FailureType.INTERRUPTED, "It ended.");

  @Test
  void endOfATurnAndItsEpisodesAreThereTogether() {
    SessionId id = opened();
    NewMemory user = episode(id, "user", "I moved to Oslo.");
    NewMemory assistant = episode(id, "assistant", "Oslo is cold in March.");
    written(log.append(tenant, id, ended(3, ANSWERED, List.of(user, assistant)), NODE));
    List<Memory> stored = stored();
    assertEquals(List.of(user.content(), assistant.content()), contents(stored));
    assertEquals(List.of(user.origin(), assistant.origin()), origins(stored));
    assertEquals(List.of(ADA, ADA), stored.stream().map(Memory::scope).toList());
    assertEquals(3, log.find(tenant, id).orElseThrow().lastEvent());
  }

  @Test
  void refusedEndLeavesNothingBehind() {
    SessionId id = opened();
    List<NewMemory> episodes = List.of(episode(id, "user", "I moved to Oslo."));
    assertEquals(new Appended.Stale(2), log.append(tenant, id, ended(4, ANSWERED, episodes), NODE));
    assertEquals(
        new Appended.LeaseLost(), log.append(tenant, id, ended(3, ANSWERED, episodes), OTHER_NODE));
    NewEvent other = new NewEvent(turn(9), 3, ANSWERED, episodes);
    assertEquals(new Appended.NotOpen(turn(1)), log.append(tenant, id, other, NODE));
    assertEquals(List.of(), stored());
    written(log.append(tenant, id, ended(3, ANSWERED, episodes), NODE));
    assertEquals(new Appended.Stale(3), log.append(tenant, id, ended(3, ANSWERED, episodes), NODE));
    assertEquals(1, stored().size());
  }

  @Test
  void turnThatEndsTwiceIsRememberedOnce() {
    SessionId id = opened();
    NewMemory user = episode(id, "user", "I moved to Oslo.");
    NewMemory assistant = episode(id, "assistant", "Oslo is cold in March.");
    written(log.append(tenant, id, ended(3, INTERRUPTED, List.of(user)), NODE));
    written(log.append(tenant, id, ended(4, RECALLED, List.of()), NODE));
    written(log.append(tenant, id, ended(5, PLANNED, List.of()), NODE));
    written(log.append(tenant, id, ended(6, ANSWERED, List.of(user, assistant)), NODE));
    List<Memory> stored = stored();
    assertEquals(List.of(user.content(), assistant.content()), contents(stored));
    assertEquals(List.of(1, 1), stored.stream().map(Memory::version).toList());
  }

  @Test
  void episodesAreSeenByAFollowerOfChanges() {
    SessionId id = opened();
    long before = memories().lastChange(tenant);
    List<NewMemory> episodes = List.of(episode(id, "user", "I moved to Oslo."));
    written(log.append(tenant, id, ended(3, ANSWERED, episodes), NODE));
    assertEquals(
        List.of("I moved to Oslo."),
        memories().changes(tenant, before, 10).stream()
            .map(change -> change.versions().getLast().text())
            .toList());
  }

  @Test
  void whatAToolWritesAndItsAnswerAreThereTogetherOrNeitherIs() {
    SessionId id = opened();
    Usage usage = new Usage(1, 0, 1, 1, 1, 1, 1);
    TurnEvent called =
        new TurnEvent.ToolCalled("call-1", "write", "{}", "k", true, null, "", List.of(), usage);
    TurnEvent answered = new TurnEvent.ToolAnswered("call-1", false, "Done.", 0, List.of(), 1);
    written(log.append(tenant, id, ended(3, called, List.of()), NODE));
    NewMemory fact = episode(id, "assistant", "Oslo is cold in March.");
    assertEquals(
        new Appended.Stale(3), log.append(tenant, id, ended(5, answered, List.of(fact)), NODE));
    assertEquals(List.of(), stored());
    written(log.append(tenant, id, ended(4, answered, List.of(fact)), NODE));
    assertEquals(List.of(fact.content()), contents(stored()));
    SessionId other = new SessionId("ses_none");
    assertEquals(
        new Appended.Gone(), log.append(tenant, other, ended(4, answered, List.of(fact)), NODE));
    assertEquals(1, stored().size());
  }

  @Test
  void turnThatGoesOnHasNothingToRemember() {
    SessionId id = new SessionId("ses_1");
    List<NewMemory> episodes = List.of(episode(id, "user", "I moved to Oslo."));
    assertThrows(IllegalArgumentException.class, () -> ended(3, PLANNED, episodes));
    assertThrows(IllegalArgumentException.class, () -> ended(3, said("Hello", null), List.of()));
  }

  private SessionId opened() {
    SessionId id = created(scoped(ADA));
    accepted(id, turn(1), said("I moved to Oslo.", null));
    log.lease(tenant, id, NODE, MINUTE);
    written(log.append(tenant, id, ended(2, PLANNED, List.of()), NODE));
    return id;
  }

  private static NewEvent ended(long number, TurnEvent event, List<NewMemory> remembered) {
    return new NewEvent(turn(1), number, event, remembered);
  }

  private NewMemory episode(SessionId session, String who, String text) {
    String record = turn(1) + "/" + who;
    return new NewMemory(
        ADA,
        MemoryKind.EPISODE,
        new Origin(Origin.OF_SESSIONS, session.value(), record, who.equals("user") ? 1 : 3),
        MemoryText.of(text).saidBy(who).happenedAt(clock.instant()).labelled(Label.USER),
        session + "/" + record);
  }

  /** In order of their places in the conversation. */
  private List<Memory> stored() {
    return memories().list(tenant, MemoryFilter.of(Scope.NONE), 100, null).data().stream()
        .sorted((a, b) -> Long.compare(a.origin().position(), b.origin().position()))
        .toList();
  }

  private static List<MemoryText> contents(List<Memory> memories) {
    return memories.stream().map(Memory::content).toList();
  }

  private static List<Origin> origins(List<Memory> memories) {
    return memories.stream().map(Memory::origin).toList();
  }
}
