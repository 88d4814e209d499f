package dev.palimpsest.runtime.turn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.TurnId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FeedsTest {
  private static final TurnId TURN = new TurnId("trn_1");

  private final Feeds feeds = new Feeds("epoch", new Feeds.Sizes(2, 5, 100));

  @Test
  void newsAreNumberedWithoutAGapAndResumedFromAnyNumberThatIsKept() throws Exception {
    SessionKey session = session(1);
    publish(session, 5);
    for (long seen = 0; seen <= 5; seen++) {
      try (Subscription reader = feeds.resume(session, seen)) {
        assertTrue(reader.isComplete());
        assertEquals(seen, reader.startedAfter());
        for (long expected = seen + 1; expected <= 5; expected++) {
          assertEquals(expected, next(reader).seq());
        }
      }
    }
    publish(session, 1);
    try (Subscription reader = feeds.resume(session, 0)) {
      assertFalse(reader.isComplete());
    }
    try (Subscription reader = feeds.resume(session, 7)) {
      assertFalse(reader.isComplete());
    }
    feeds.checkInvariants();
  }

  @Test
  void whoComesLateHearsTheRunningTurnAsOnePieceAndThenTheRest() throws Exception {
    SessionKey session = session(1);
    feeds.publish(session, new TurnNews.Accepted(TURN, "c", 1, false));
    for (int i = 0; i < 8; i++) {
      feeds.publish(session, new TurnNews.Said(TURN, "w" + i + " "));
    }
    try (Subscription late = feeds.subscribe(session)) {
      assertEquals(TURN, late.running());
      feeds.publish(session, new TurnNews.Said(TURN, "w8 "));
      assertEquals(new TurnNews.Accepted(TURN, "c", 1, true), next(late).news());
      assertEquals(new TurnNews.Said(TURN, "w0 w1 w2 w3 w4 w5 w6 w7 "), next(late).news());
      assertEquals(new TurnNews.Said(TURN, "w8 "), next(late).news());
      assertFalse(feeds.attach(session, late, new TurnId("trn_2")));
      assertTrue(feeds.attach(session, late, TURN));
      assertEquals(10, next(late).seq());
    }
    assertEquals(0, feeds.readers());
  }

  @Test
  void aForgottenFeedCountsOnSoThatNumbersOfASessionNeverComeTwice() throws Exception {
    publish(session(1), 3);
    publish(session(2), 4);
    publish(session(3), 1);
    assertEquals(4, feeds.last(session(3)));
    try (Subscription reader = feeds.resume(session(1), 2)) {
      assertFalse(reader.isComplete());
    }
    feeds.checkInvariants();
  }

  @Test
  void aFeedThatIsWatchedOrAtWorkIsNotForgotten() throws Exception {
    try (Subscription watching = feeds.subscribe(session(1))) {
      feeds.publish(session(2), new TurnNews.Accepted(TURN, null, 1, false));
      publish(session(3), 3);
      publish(session(4), 3);
      publish(session(1), 1);
      assertEquals(1, next(watching).seq());
      try (Subscription late = feeds.subscribe(session(2))) {
        assertEquals(TURN, late.running());
      }
    }
  }

  /** Random publishing, joining, leaving and reading; every reader hears rising numbers. */
  @Test
  void everyReaderHearsRisingNumbersWhateverHappens() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("FeedsTest seed=" + seed);
    Random random = new Random(seed);
    Map<Subscription, Long> heard = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      SessionKey session = session(random.nextInt(4));
      List<Subscription> readers = new ArrayList<>(heard.keySet());
      switch (random.nextInt(6)) {
        case 0 -> {
          Subscription reader = feeds.subscribe(session);
          heard.put(reader, reader.startedAfter());
        }
        case 1 -> {
          if (!readers.isEmpty()) {
            Subscription gone = readers.get(random.nextInt(readers.size()));
            gone.close();
            heard.remove(gone);
          }
        }
        case 2 -> {
          for (Subscription reader : readers) {
            Subscription.Numbered news = reader.poll(Duration.ZERO);
            if (news != null) {
              assertTrue(news.seq() >= heard.getOrDefault(reader, 0L), "seed " + seed);
              heard.put(reader, news.seq());
            } else if (reader.isLost()) {
              heard.remove(reader);
            }
          }
        }
        default -> publish(session, 1);
      }
      feeds.checkInvariants();
    }
  }

  private void publish(SessionKey session, int news) {
    for (int i = 0; i < news; i++) {
      feeds.publish(session, new TurnNews.Said(TURN, "word"));
    }
  }

  private static Subscription.Numbered next(Subscription reader) throws InterruptedException {
    Subscription.Numbered news = reader.poll(Duration.ofSeconds(1));
    if (news == null) {
      throw new AssertionError("no news");
    }
    return news;
  }

  private static SessionKey session(int number) {
    return new SessionKey(TenantId.DEFAULT, new SessionId("ses_" + number));
  }
}
