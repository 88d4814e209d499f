package dev.palimpsest.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The small values everything else is made of. */
final class ValuesTest {
  @Test
  void sanitisedTextCanBeStoredAndCleanTextStaysTheSameObject() {
    String clean = "a\uD83E\uDDEA\uFFFD";
    assertSame(clean, StorableText.sanitised(clean));
    assertEquals(
        "\uFFFDa\uFFFDb\uFFFD\uD83E\uDDEA\uFFFD",
        StorableText.sanitised("\0a\uDDEAb\uD83E\uD83E\uDDEA\uD83E"));
    assertEquals(Optional.empty(), StorableText.problem(StorableText.sanitised("\uD800\0"), 2));
  }

  @Test
  void tenantsOfAnotherShapeAreRefusedInPrintableWords() {
    for (String bad : List.of("", "A", "a b", "a.b", "é", "a".repeat(64), "a\n")) {
      assertThrows(IllegalArgumentException.class, () -> new TenantId(bad), bad);
    }
    assertEquals(63, new TenantId("a".repeat(63)).value().length());
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class, () -> new TenantId("x\u001B\"" + "y".repeat(9999)));
    String message = String.valueOf(refusal.getMessage());
    assertTrue(message.length() < 300, message);
    assertTrue(message.contains("\\u001b\\u0022"), message);
  }

  @Test
  void idsSortByTimeAndDoNotRepeat() {
    TestClock clock = new TestClock();
    SortableIds ids = new SortableIds(clock, new Random(7));
    Set<String> seen = new HashSet<>();
    String before = "";
    for (int i = 0; i < 1000; i++) {
      String id = ids.next("ses_");
      assertTrue(id.matches("ses_[0-9A-HJKMNP-TV-Z]{26}"), id);
      assertTrue(seen.add(id));
      assertTrue(id.compareTo(before) > 0);
      before = id;
      clock.advance(Duration.ofMillis(1));
    }
  }

  @Test
  void outagesAreToldFromErrors() {
    for (String away :
        List.of("08001", "08006", "08003", "57P01", "57P02", "57P03", "53300", "57014", "55P03")) {
      SQLException cause = new SQLException("away", away);
      assertTrue(MemoryStoreException.of("append event", cause).isUnavailable(), away);
    }
    for (String error : List.of("23505", "42501", "22021", "42P01", "5")) {
      SQLException cause = new SQLException("wrong", error);
      assertFalse(MemoryStoreException.of("append event", cause).isUnavailable(), error);
    }
    SQLException poolTimeout = new SQLException("acquisition timeout");
    assertFalse(MemoryStoreException.of("append event", poolTimeout).isUnavailable());
    assertTrue(MemoryStoreException.noConnection("append event", poolTimeout).isUnavailable());
    SQLException wrongPassword = new SQLException("no", "28P01");
    assertFalse(MemoryStoreException.noConnection("append event", wrongPassword).isUnavailable());
  }

  @Test
  void detailsOfTheDatabaseStayOutOfTheMessage() {
    SQLException cause = new SQLException("ERROR: duplicate\n  Detail: Key=(secret)", "23505");
    MemoryStoreException e = MemoryStoreException.of("create session", cause);
    assertEquals("create session: ERROR: duplicate (SQL state 23505)", e.getMessage());
    assertEquals("23505", e.sqlState());
    assertEquals("create session", e.operation());
  }
}
