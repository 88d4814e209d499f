package dev.palimpsest.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Hashes that stand in databases and must stay what they are. */
final class VersionHashTest {
  private static final VersionId SOURCE = new VersionId(new MemoryId("mem_b"), 2);
  private static final String SALT = "00112233445566778899aabbccddeeff";

  private final VersionHash hash = new VersionHash(TenantId.DEFAULT);

  @Test
  void aRowWithoutSpansHasTheHashThatItHadBeforeThereWereAny() {
    assertEquals(
        "5ab882ef33f3bb307968a1c78067022ac85610706576db9fff981c674aa481a0",
        hash.of(version(MadeOf.all(SOURCE)), null, SALT));
  }

  @Test
  void aSpanIsPartOfTheHash() {
    MadeOf span = new MadeOf(SOURCE, new MadeOf.Span(0, 5));
    String canonical = hash.canonical(version(span), null, SALT);
    assertEquals(
        """
        {'id':'mem_a','kind':'fact','label':'untrusted','learned_at':'2026-03-01T10:00:00Z','metad\
        ata':'{}','position':0,'salt':'00112233445566778899aabbccddeeff','scope_user':'ada','sourc\
        e':'api','sources':['mem_b/2#0-5'],'tenant':'default','text':'Ada lives in Porto.','version':1}\
        """
            .replace("'", "\""),
        canonical);
    String of = hash.of(version(span), null, SALT);
    for (MadeOf other :
        List.of(
            MadeOf.all(SOURCE),
            new MadeOf(SOURCE, new MadeOf.Span(0, 6)),
            new MadeOf(SOURCE, new MadeOf.Span(1, 5)))) {
      assertNotEquals(of, hash.of(version(other), null, SALT), other.toString());
    }
  }

  @Test
  void aSpanIsNotEmptyAndItsWordsAreThoseOfTheText() {
    for (int[] bad : new int[][] {{-1, 2}, {2, 2}, {3, 2}}) {
      assertThrows(IllegalArgumentException.class, () -> new MadeOf.Span(bad[0], bad[1]));
    }
    MadeOf.Span span = new MadeOf.Span(2, 5);
    assertEquals(Optional.of("cde"), span.of("abcde"));
    assertEquals(Optional.empty(), span.of("abcd"));
  }

  private static KeptVersion version(MadeOf from) {
    return new KeptVersion(
        new MemoryId("mem_a"),
        1,
        Scope.ofUser("ada"),
        MemoryKind.FACT,
        new Origin("api", null, null, 0),
        MemoryText.of("Ada lives in Porto."),
        Instant.parse("2026-03-01T10:00:00Z"),
        null,
        List.of(from),
        null);
  }
}
