package dev.palimpsest.runtime.turn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What reached the model in past turns. */
class ExchangeTest {
  private static final MemoryId PLANNED = new MemoryId("mem_1");
  private static final MemoryId FOUND = new MemoryId("mem_2");

  @Test
  void whatToolsFoundWasReadLikeWhatWasPlanned() {
    Exchange turn =
        only(
            TurnEvents.said()
                .add(
                    new TurnEvent.Planned(
                        "m", null, 3, List.of(1L), 0, List.of(PLANNED), 0, List.of()))
                .add(TurnEvents.toolCall(1, true, "is no call"))
                .add(
                    new TurnEvent.ToolAnswered(
                        "call-1",
                        false,
                        "",
                        0,
                        List.of(new TurnEvent.Recalled.Found(FOUND, 1, 1)),
                        1))
                .answered());
    assertEquals(Set.of(PLANNED, FOUND), turn.read().memories());
    assertFalse(turn.read().isFromOutside(), "a call with a problem asks nobody");
  }

  @Test
  void aTurnThatAskedAToolIsFromOutside() {
    TurnEvents events = TurnEvents.said().planned("m").add(TurnEvents.toolCall(1, true, null));
    assertTrue(only(events.add(TurnEvents.toolAnswer("call-1")).answered()).read().isFromOutside());
  }

  @Test
  void whatATurnReadReachesThoseThatReadIt() {
    List<Exchange> past =
        List.of(exchange(1), exchange(3, 1L), exchange(5), exchange(7, 3L), exchange(9, 5L));
    assertEquals(List.of(7L, 3L, 1L), events(Exchange.reaching(past, List.of(7L, 11L))));
    assertEquals(List.of(), events(Exchange.reaching(past, List.of(11L))));
  }

  private static List<Long> events(List<Exchange> turns) {
    return turns.stream().map(Exchange::event).toList();
  }

  private static Exchange exchange(long event, Long... read) {
    Exchange.Read before = new Exchange.Read(Set.of(), Set.of(read), false);
    return new Exchange(new TurnId("trn_" + event), event, "a", "b", before);
  }

  private static Exchange only(TurnEvents events) {
    return Exchange.before(Long.MAX_VALUE, events.list()).getFirst();
  }
}
