package dev.palimpsest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BackoffTest {
  @Test
  void pausesDoubleUpToTheLongestAndThenEnd() {
    Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofMillis(500), 6);
    List<Optional<Duration>> pauses = IntStream.range(0, 7).mapToObj(backoff::before).toList();
    assertEquals(
        List.of(
            millis(0),
            millis(100),
            millis(200),
            millis(400),
            millis(500),
            millis(500),
            Optional.empty()),
        pauses);
  }

  @Test
  void manyAttemptsDoNotOverflow() {
    Backoff backoff = new Backoff(Duration.ofMillis(250), Duration.ofSeconds(5), 1000);
    assertEquals(Optional.of(Duration.ofSeconds(5)), backoff.before(999));
  }

  @Test
  void nonsenseIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new Backoff(Duration.ofMillis(2), Duration.ofMillis(1), 1));
    assertThrows(
        IllegalArgumentException.class, () -> new Backoff(Duration.ZERO, Duration.ZERO, 0));
  }

  private static Optional<Duration> millis(int millis) {
    return Optional.of(Duration.ofMillis(millis));
  }
}
