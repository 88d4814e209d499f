package dev.palimpsest.engine.token;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Ids are what they were when they were made. */
final class TokenIdsTest {
  @Test
  void contentDoesNotChangeWithTheArraysAroundIt() {
    int[] given = {1, 2, 3};
    TokenIds ids = TokenIds.of(given);
    given[0] = 9;
    ids.copy()[1] = 9;
    assertArrayEquals(new int[] {1, 2, 3}, ids.copy());
  }

  @Test
  void equalityIsByContent() {
    assertEquals(TokenIds.of(1, 2), TokenIds.of(1).concat(TokenIds.of(2)));
    assertEquals(TokenIds.of(1, 2).hashCode(), TokenIds.of(0, 1, 2).slice(1, 3).hashCode());
    assertNotEquals(TokenIds.of(1, 2), TokenIds.of(2, 1));
    assertEquals("[1, 2]", TokenIds.of(1, 2).toString());
    assertTrue(TokenIds.of().isEmpty());
  }

  @Test
  void positionsOutsideAreRefused() {
    TokenIds ids = TokenIds.of(5, 6);
    assertEquals(6, ids.at(1));
    assertThrows(IndexOutOfBoundsException.class, () -> ids.at(2));
    assertThrows(IndexOutOfBoundsException.class, () -> ids.slice(1, 3));
    assertThrows(IndexOutOfBoundsException.class, () -> ids.slice(2, 1));
  }
}
