package dev.palimpsest.runtime.turn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Revocation;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.SourceName;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.OpenTurn;
import dev.palimpsest.memory.session.RecallChoice;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import dev.palimpsest.runtime.bridge.Message;
import dev.palimpsest.runtime.bridge.ModelCard;
import dev.palimpsest.runtime.bridge.Prompt;
import dev.palimpsest.runtime.bridge.ScriptedModel;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Turns that remember: what is recalled, what the model reads of it, what is kept of the turn. */
@Timeout(60)
class RecallingTest {
  private static final Scope ADA = Scope.ofUser("ada");
  private static final Scope BOB = Scope.ofUser("bob");
  private static final Instant MARCH = Instant.parse("2023-03-05T10:00:00Z");

  private final RunnerRig rig = new RunnerRig();

  @AfterEach
  void close() {
    rig.feeds.checkInvariants();
    rig.close();
  }

  @Test
  void whatWasSaidInOneSessionIsRecalledInAnotherOfTheSameUserAlone() throws InterruptedException {
    say(session(ADA), "I moved to Oslo.");
    say(session(BOB), "I moved to Rome.");
    TurnResult result = rig.result(session(ADA), RunnerRig.recalling("Who moved to which city?"));
    assertEquals(List.of("I moved to Oslo."), texts(result));
    assertEquals("ada: I moved to Oslo.", undated(lastMemories()));
    assertTrue(lastMemories().startsWith("["), lastMemories());
    assertEquals(
        List.of("UserSaid", "Recalled", "Planned", "Answered"), rig.types(result.session()));
    assertFalse(result.evidence().isGrounded());
  }

  @Test
  void memoriesStandBehindAllThatWasThereBeforeAndChangeNoneOfIt() throws InterruptedException {
    Session session = session(ADA);
    say(session, "The garden is green.");
    rig.result(session, RunnerRig.recalling("Which colour has the bridge?"));
    Prompt without = rig.model.read();
    add(ADA, "The bridge is red.", "Tom", MARCH);
    rig.result(session, RunnerRig.recalling("Which colour has the bridge then?"));
    Prompt with = rig.model.read();
    int before = without.messages().size() - 1;
    assertEquals(without.messages().subList(0, before), with.messages().subList(0, before));
    List<Message.Role> roles = with.messages().stream().map(Message::role).toList();
    assertEquals(roles.indexOf(Message.Role.MEMORY), roles.size() - 2);
    assertEquals("[5 March 2023] Tom: The bridge is red.", lastMemories());
  }

  @Test
  void whatIsRevokedIsReadNoMoreAndNeitherAreTheTurnsThatReadIt() throws InterruptedException {
    Session session = session(ADA);
    say(session, "The garden is green.");
    Memory bad = add(ADA, "The bridge is red.", "Tom", MARCH);
    TurnResult told = rig.result(session, RunnerRig.recalling("Which colour has the bridge?"));
    Memory answer =
        rig.remembered(ADA).stream()
            .filter(one -> one.text().equals(told.output()))
            .findFirst()
            .orElseThrow();
    assertEquals(
        List.of(MadeOf.all(bad.versionId())),
        rig.memory
            .audit()
            .ancestry(RunnerRig.TENANT, List.of(answer.versionId()))
            .getFirst()
            .sources());
    revoke(bad);
    assertTrue(
        rig.memory.memories().find(RunnerRig.TENANT, answer.id(), null).orElseThrow().isRevoked());
    rig.result(session, RunnerRig.recalling("Which colour has the bridge now?"));
    List<String> read = rig.model.read().messages().stream().map(Message::text).toList();
    assertTrue(read.contains("The garden is green."), read::toString);
    // The question was the user's own and may be recalled; the turn that it opened is not shown.
    assertFalse(read.contains("Which colour has the bridge?"), read::toString);
    assertFalse(read.contains(told.output()), read::toString);
    assertFalse(read.toString().contains("The bridge is red."), read::toString);
  }

  private void revoke(Memory bad) {
    Revocation.Request request =
        new Revocation.Request(new SourceName(bad.id().value()), null, "because");
    Revocation now = rig.memory.audit().revoke(RunnerRig.TENANT, request);
    while (!now.isFinished()) {
      now = rig.memory.audit().advance(RunnerRig.TENANT, now.id(), 10);
    }
  }

  /** A memory can be erased, and what is kept is not looked through for it. */
  @Test
  void whatIsKeptOfATurnIsWhatTheNextWillReadAndNoMemories() throws InterruptedException {
    Session session = session(ADA);
    say(session, "The garden is green.");
    add(ADA, "The bridge is red.", "Tom", MARCH);
    TurnResult result = rig.result(session, RunnerRig.recalling("Which colour has the bridge?"));
    assertEquals("[5 March 2023] Tom: The bridge is red.", lastMemories());
    List<Message> kept = rig.model.kept().messages();
    say(session, "And the door?");
    List<Message> read = rig.model.read().messages();
    assertEquals(read.subList(0, read.size() - 1), kept.subList(0, kept.size() - 1));
    assertEquals(Message.assistant(result.output()), kept.get(kept.size() - 2));
    assertEquals(Message.Role.USER, kept.getLast().role());
  }

  @Test
  void memoriesAreReadOldestFirstAndTheBestWhereThereIsNoRoom() throws InterruptedException {
    rig.model = new ScriptedModel(60, "fingerprint-a");
    rig.restart();
    add(ADA, "apple pear plum in the late garden", "Tom", MARCH.plusSeconds(900_000));
    add(ADA, "apple pear in the early garden", "Tom", MARCH);
    add(ADA, "apple alone " + "and nothing ".repeat(9), "Tom", MARCH.minusSeconds(900_000));
    TurnResult result = rig.result(session(ADA), RunnerRig.recalling("apple pear plum"));
    assertEquals(3, texts(result).size());
    TurnEvent.Planned planned = event(result, TurnEvent.Planned.class);
    assertEquals(2, planned.memoriesKept().size());
    assertEquals(1, planned.memoriesDropped());
    assertEquals(
        "[5 March 2023] Tom: apple pear in the early garden\n"
            + "[15 March 2023] Tom: apple pear plum in the late garden",
        lastMemories());
    assertTrue(planned.promptTokens() <= 60 - 12, planned::toString);
  }

  @Test
  void aModelReadsTheBestMemoriesAndNoMoreThanItWasMadeFor() throws InterruptedException {
    rig.model.readsMemories(2);
    add(ADA, "apple pear plum", "Tom", MARCH.plusSeconds(60));
    add(ADA, "apple alone", "Tom", MARCH);
    add(ADA, "apple and pear", "Tom", MARCH);
    TurnResult result = rig.result(session(ADA), RunnerRig.recalling("apple pear plum?"));
    assertEquals(3, texts(result).size());
    assertEquals(1, event(result, TurnEvent.Planned.class).memoriesDropped());
    assertEquals("Tom: apple and pear\nTom: apple pear plum", undated(lastMemories()));
  }

  @Test
  void whatTheModelReadsAnywayIsNotRecalledAndAQuestionNeverRecallsItself()
      throws InterruptedException {
    Session session = session(ADA);
    say(session, "I moved to Oslo.");
    TurnResult same = rig.result(session, RunnerRig.recalling("Where is Oslo?"));
    assertEquals(List.of(), texts(same));
    TurnResult again = rig.result(session(ADA), RunnerRig.recalling("where is oslo?"));
    assertFalse(texts(again).contains("Where is Oslo?"), () -> texts(again).toString());
    assertTrue(texts(again).contains("I moved to Oslo."));
  }

  @Test
  void whatSomebodySaidOftenIsReadOnceAsSaidLast() throws InterruptedException {
    for (int day = 0; day < 20; day++) {
      add(ADA, "The bridge is red.", "Tom", MARCH.plusSeconds(day * 86_400L));
    }
    add(ADA, "The bridge is red.", "Ann", MARCH);
    add(ADA, "That bridge was blue.", "Tom", MARCH);
    TurnResult result = rig.result(session(ADA), RunnerRig.recalling("is the bridge red"));
    assertEquals(3, texts(result).size(), () -> texts(result).toString());
    List<String> read = lastMemories().lines().sorted().toList();
    assertEquals(
        List.of(
            "[24 March 2023] Tom: The bridge is red.",
            "[5 March 2023] Ann: The bridge is red.",
            "[5 March 2023] Tom: That bridge was blue."),
        read);
  }

  @Test
  void aTurnThatFellOutOfTheWindowIsRecalled() throws InterruptedException {
    rig.model = new ScriptedModel(70, "fingerprint-a");
    rig.restart();
    Session session = session(ADA);
    say(session, "I moved to Oslo.");
    for (int i = 0; i < 4; i++) {
      say(session, "Something else altogether is said now " + i);
    }
    TurnResult result = rig.result(session, RunnerRig.recalling("Which Oslo?"));
    assertTrue(texts(result).contains("I moved to Oslo."), () -> texts(result).toString());
  }

  @Test
  void aMemoryThatCannotBeAskedIsNoReasonNotToAnswer() throws InterruptedException {
    add(ADA, "The bridge is red.", "Tom", MARCH);
    rig.recall.setAway(true);
    TurnResult result = rig.result(session(ADA), RunnerRig.recalling("Which bridge?"));
    assertEquals(TurnStatus.DONE, result.status());
    assertEquals(List.of(), texts(result));
    assertNotNull(event(result, TurnEvent.Recalled.class).trouble());
    rig.recall.setAway(false);
    rig.recall.breaks();
    TurnResult broken = rig.result(session(ADA), RunnerRig.recalling("Which bridge?"));
    assertEquals(TurnStatus.DONE, broken.status());
    assertEquals(1, rig.unforeseen.size());
    rig.unforeseen.clear();
  }

  @Test
  void aGroundedAnswerSaysWhatItQuotesAndIsNotStoredAgain() throws InterruptedException {
    rig.model.grounds(ModelCard.Grounding.BY_DEFAULT);
    Memory bridge = add(ADA, "The bridge is red.", "Tom", MARCH);
    Session session = session(ADA);
    TurnRequest request =
        RunnerRig.request("Which colour has the bridge?", "c1", RecallChoice.HYBRID, null);
    TurnResult result = rig.result(session, request);
    assertTrue(result.evidence().isGrounded());
    assertEquals("[5 March 2023] Tom: The bridge is red.", result.output());
    Evidence.Cited cited = result.evidence().citations().getFirst();
    assertEquals(bridge.id(), cited.quote().memory());
    assertEquals("The bridge is red.", cited.words());
    assertEquals(
        List.of("The bridge is red.", "Which colour has the bridge?"),
        rig.remembered(ADA).stream().map(Memory::text).toList());
    assertEquals(new Started.Ended(result), rig.start(session, request));
  }

  @Test
  void aFreeAnswerIsStoredOnceWithTheLowestTrustOfWhatItWasMadeFrom() throws InterruptedException {
    add(ADA, "The bridge is red.", "Tom", MARCH);
    Session session = session(ADA);
    TurnResult result = rig.result(session, RunnerRig.recalling("Which bridge?"));
    List<Memory> stored = saidIn(session.id());
    assertEquals(
        List.of("Which bridge?", result.output()), stored.stream().map(Memory::text).toList());
    Memory question = stored.getFirst();
    Memory answer = stored.getLast();
    assertEquals(List.of("ada", "assistant"), List.of(speaker(question), speaker(answer)));
    assertEquals(Label.USER, question.content().label());
    assertEquals(Label.UNTRUSTED, answer.content().label());
    assertEquals(MemoryKind.EPISODE, answer.kind());
    assertEquals(
        List.of(result.turn() + "/user", result.turn() + "/assistant"),
        stored.stream().map(m -> String.valueOf(m.origin().recordId())).toList());
    assertEquals(List.of(1L, 4L), stored.stream().map(m -> m.origin().position()).toList());
    assertEquals(rig.log(session.id()).getFirst().at(), question.content().happenedAt());
  }

  @Test
  void aTurnThatFailsIsRememberedByWhatTheUserSaid() throws InterruptedException {
    rig.model.breaks();
    Session session = session(ADA);
    TurnResult result = rig.result(session, RunnerRig.recalling("I moved to Oslo."));
    assertEquals(TurnStatus.FAILED, result.status());
    assertEquals(
        List.of("I moved to Oslo."), saidIn(session.id()).stream().map(Memory::text).toList());
  }

  @Test
  void aTurnGoesOnWithTheVeryMemoriesThatItRecalled() throws InterruptedException {
    Memory bridge = add(ADA, "The bridge is red.", "Tom", MARCH);
    Memory tower = add(ADA, "The tower beside the bridge is high.", "Tom", MARCH.plusSeconds(60));
    Semaphore gate = rig.model.gated();
    Session session = session(ADA);
    TurnId turn = rig.running(session, RunnerRig.recalling("Which bridge?")).turn();
    awaitEvents(session, 3);
    rig.memory
        .memories()
        .revise(RunnerRig.TENANT, bridge.id(), bridge.content().labelled(Label.OPERATOR));
    rig.memory
        .memories()
        .revise(RunnerRig.TENANT, bridge.id(), MemoryText.of("The bridge is blue."));
    rig.memory.memories().erase(RunnerRig.TENANT, tower.id());
    add(ADA, "The bridge is old.", "Tom", MARCH);
    rig.restart();
    gate.release(1000);
    for (OpenTurn open : rig.memory.sessions().openTurns(10)) {
      assertTrue(rig.runner.resume(open));
    }
    awaitEvents(session, 4);
    awaitNobodyAtWork();
    assertEquals("[5 March 2023] Tom: The bridge is red.", lastMemories());
    TurnEvent.Answered answered =
        assertInstanceOf(TurnEvent.Answered.class, rig.log(session.id()).getLast().event());
    assertEquals(List.of(tower.id()), answered.memoriesGone());
    assertEquals(1, rig.recall.asked());
    Started.Ended ended =
        assertInstanceOf(
            Started.Ended.class,
            rig.runner.cancel(RunnerRig.TENANT, rig.again(session), turn).orElseThrow());
    assertEquals(List.of("The bridge is red."), texts(ended.result()));
  }

  @Test
  void nothingIsLookedUpWhereARequestSaysSo() throws InterruptedException {
    add(ADA, "The bridge is red.", "Tom", MARCH);
    TurnResult result = rig.result(session(ADA), RunnerRig.request("Which bridge?", null));
    assertEquals(0, rig.recall.asked());
    assertNull(result.evidence().recall());
    assertEquals("", lastMemories());
  }

  @Test
  void thoseWhoWatchHearWhatIsRecalledBeforeTheFirstWord() throws InterruptedException {
    add(ADA, "The bridge is red.", "Tom", MARCH);
    Session session = session(ADA);
    SessionKey key = new SessionKey(RunnerRig.TENANT, session.id());
    try (Subscription reader = rig.feeds.subscribe(key)) {
      Semaphore gate = rig.model.gated();
      RunningTurn turn = rig.running(session, RunnerRig.recalling("Which bridge?"));
      gate.release(2);
      awaitEvents(session, 3);
      try (Subscription late = rig.feeds.subscribe(key)) {
        gate.release(1000);
        for (Subscription one : List.of(reader, late)) {
          List<TurnNews> news = RunnerRig.hear(one);
          assertInstanceOf(TurnNews.Accepted.class, news.get(0));
          TurnNews.Recalled recalled = assertInstanceOf(TurnNews.Recalled.class, news.get(1));
          assertEquals("The bridge is red.", recalled.hits().getFirst().memory().text());
          assertEquals(RunnerRig.ended(turn).output(), RunnerRig.words(news));
        }
      }
    }
  }

  @Test
  void aTurnThatAsksAsOfAMomentRecallsWhatWasKnownThen() throws InterruptedException {
    Memory first = add(ADA, "The bridge is red.", "Tom", MARCH);
    awaitTick();
    MemoryText corrected = MemoryText.of("The bridge is blue.").saidBy("Tom").happenedAt(MARCH);
    Memory second =
        rig.memory.memories().revise(RunnerRig.TENANT, first.id(), corrected).orElseThrow();
    assertTrue(second.learnedAt().isAfter(first.learnedAt()));
    TurnRequest asked = RunnerRig.recalling("Which colour has the bridge?");
    TurnResult then = rig.result(session(ADA), asked.asOf(first.learnedAt()));
    assertEquals(List.of("The bridge is red."), texts(then));
    assertEquals("Tom: The bridge is red.", undated(lastMemories()));
    assertEquals(
        first.learnedAt(), event(then, TurnEvent.UserSaid.class).asOf(), "the log says it too");
    TurnResult before = rig.result(session(ADA), asked.asOf(first.learnedAt().minusSeconds(1)));
    assertEquals(List.of(), texts(before));
    TurnResult now = rig.result(session(ADA), asked);
    assertTrue(texts(now).contains("The bridge is blue."), texts(now).toString());
    assertFalse(texts(now).contains("The bridge is red."), texts(now).toString());
  }

  @Test
  void aModelThatCannotGroundIsNotAskedTo() {
    Session session = session(ADA);
    Started.Invalid refused =
        assertInstanceOf(
            Started.Invalid.class,
            rig.start(session, RunnerRig.request("a", null, RecallChoice.HYBRID, true)));
    assertEquals("grounded", refused.field());
    assertEquals(List.of(), rig.log(session.id()));
  }

  private Session session(Scope scope) {
    return rig.session(new NewSession(null, null, null, scope, null, null, null));
  }

  private void say(Session session, String words) throws InterruptedException {
    assertEquals(TurnStatus.DONE, rig.result(session, RunnerRig.request(words, null)).status());
  }

  private Memory add(Scope scope, String text, String speaker, Instant at) {
    MemoryText content = MemoryText.of(text).saidBy(speaker).happenedAt(at);
    NewMemory wanted =
        new NewMemory(scope, MemoryKind.EPISODE, new Origin("api", null, null, 0), content, null);
    MemoryId id = rig.memory.memories().add(RunnerRig.TENANT, List.of(wanted)).getFirst().id();
    return rig.memory.memories().find(RunnerRig.TENANT, id, null).orElseThrow();
  }

  private List<Memory> saidIn(SessionId session) {
    return rig.remembered(ADA).stream()
        .filter(memory -> session.value().equals(memory.origin().session()))
        .toList();
  }

  private static String speaker(Memory memory) {
    return String.valueOf(memory.content().speaker());
  }

  private static List<String> texts(TurnResult result) {
    return result.evidence().hits().stream().map(hit -> hit.memory().text()).toList();
  }

  /** What stood in the last prompt of what is remembered. */
  private String lastMemories() {
    return rig.model.read().messages().stream()
        .filter(message -> message.role() == Message.Role.MEMORY)
        .map(Message::text)
        .findFirst()
        .orElse("");
  }

  private static String undated(String lines) {
    return lines.replaceAll("(?m)^\\[[^\\]]*] ", "");
  }

  private <T extends TurnEvent> T event(TurnResult result, Class<T> type) {
    return rig.log(result.session()).stream()
        .map(LoggedEvent::event)
        .filter(type::isInstance)
        .map(type::cast)
        .findFirst()
        .orElseThrow();
  }

  /** What is written next is written later. */
  private static void awaitTick() throws InterruptedException {
    Thread.sleep(5);
  }

  /** A turn's last event is there before its work is over. */
  private void awaitNobodyAtWork() throws InterruptedException {
    for (int i = 0; i < 2000 && rig.runner.running() > 0; i++) {
      Thread.sleep(5);
    }
  }

  private void awaitEvents(Session session, int count) throws InterruptedException {
    for (int i = 0; i < 2000; i++) {
      if (rig.log(session.id()).size() >= count) {
        return;
      }
      Thread.sleep(5);
    }
    throw new AssertionError("never " + count + ": " + rig.types(session.id()));
  }
}
