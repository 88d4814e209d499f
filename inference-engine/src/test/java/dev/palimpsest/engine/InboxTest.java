package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InboxTest {
  @Test
  void whoComesFirstIsServedFirst() {
    Inbox<String> inbox = new Inbox<>(3);
    assertNull(inbox.peek());
    assertNull(inbox.poll());
    for (String each : List.of("a", "b", "c")) {
      assertEquals(Inbox.Offer.TAKEN, inbox.offer(each));
    }
    assertEquals(Inbox.Offer.FULL, inbox.offer("d"));
    assertEquals(3, inbox.size());
    assertEquals("a", inbox.peek());
    assertEquals("a", inbox.poll());
    assertEquals(Inbox.Offer.TAKEN, inbox.offer("d"));
    assertEquals(List.of("c"), inbox.removeAll("c"::equals));
    assertEquals(List.of(), inbox.removeAll("c"::equals));
    List<String> seen = new ArrayList<>();
    inbox.each(seen::add);
    assertEquals(List.of("b", "d"), seen);
  }

  @Test
  void whatWasTakenIsThereWhenItIsClosedAndNothingComesAfter() {
    Inbox<String> inbox = new Inbox<>(2);
    assertEquals(Inbox.Offer.TAKEN, inbox.offer("a"));
    inbox.close();
    assertEquals(Inbox.Offer.CLOSED, inbox.offer("b"));
    assertEquals("a", inbox.poll());
    assertNull(inbox.poll());
    assertEquals(Inbox.Offer.CLOSED, inbox.offer("c"));
  }
}
