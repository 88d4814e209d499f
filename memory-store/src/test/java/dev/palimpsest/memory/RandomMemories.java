package dev.palimpsest.memory;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Memories and filters out of few values, so that they meet often and at their edges. */
public final class RandomMemories {
  private static final List<String> NAMES = List.of("a", "b", "ä%_'");
  private static final Instant FIRST = Instant.parse("2024-02-29T23:59:59.999998Z");

  private final Random random;

  /** The same seed gives the same. */
  public RandomMemories(Random random) {
    this.random = random;
  }

  /** A memory of an identity out of few. */
  public NewMemory memory() {
    return new NewMemory(scope(), oneOf(MemoryKind.values()), origin(), content(), identity());
  }

  /** A content. */
  public MemoryText content() {
    Instant from = time();
    Instant to = time();
    boolean ordered = from == null || to == null || !to.isBefore(from);
    return MemoryText.of("text " + random.nextInt(3))
        .saidBy(name())
        .happenedAt(time())
        .valid(ordered ? from : to, ordered ? to : from)
        .labelled(oneOf(Label.values()));
  }

  /** A filter of which most parts are not set, about times near {@code asOf}. */
  public MemoryFilter filter(Instant asOf) {
    boolean past = random.nextInt(3) == 0;
    return new MemoryFilter(
        scope(),
        kinds(),
        rarely(name()),
        rarely(name()),
        rarely(name()),
        rarely(betweenTimes()),
        rarely(betweenTimes()),
        rarely(oneOf(Label.values())),
        past ? asOf : null,
        rarely(betweenTimes()));
  }

  /** A vector of so many dimensions. */
  public Embedding embedding(int dimensions) {
    float[] values = new float[dimensions];
    for (int i = 0; i < dimensions; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Embedding.normalised(values);
  }

  private Scope scope() {
    return new Scope(rarely(name()), rarely(name()), rarely(name()));
  }

  private Origin origin() {
    String source = NAMES.get(random.nextInt(NAMES.size()));
    return new Origin(source, name(), name(), random.nextInt(6));
  }

  private @Nullable String identity() {
    return random.nextInt(3) == 0 ? null : "identity " + random.nextInt(8);
  }

  private Set<MemoryKind> kinds() {
    return Arrays.stream(MemoryKind.values())
        .filter(kind -> random.nextInt(4) == 0)
        .collect(Collectors.toSet());
  }

  private @Nullable String name() {
    return random.nextInt(3) == 0 ? null : NAMES.get(random.nextInt(NAMES.size()));
  }

  private @Nullable Instant time() {
    return switch (random.nextInt(8)) {
      case 0, 1 -> null;
      case 2 -> MemoryText.EARLIEST;
      case 3 -> MemoryText.LATEST;
      default -> FIRST.plus(random.nextInt(4), ChronoUnit.MICROS);
    };
  }

  /** Also what no database can hold. */
  private @Nullable Instant betweenTimes() {
    return switch (random.nextInt(12)) {
      case 0 -> Instant.MIN;
      case 1 -> Instant.MAX;
      case 2 -> MemoryText.EARLIEST.minusNanos(1);
      default -> FIRST.plusNanos(random.nextInt(9) * 500L);
    };
  }

  private <T> @Nullable T rarely(@Nullable T value) {
    return random.nextInt(4) == 0 ? value : null;
  }

  private <T> T oneOf(T[] values) {
    return values[random.nextInt(values.length)];
  }
}
