package dev.palimpsest.runtime.guard;

import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How constants are written in JSON. */
public final class Names {
  private Names() {}

  /** The constant's name in lower case. */
  public static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /**
   * The constant of that name.
   *
   * @throws IllegalArgumentException naming all of them
   */
  public static <E extends Enum<E>> E read(String text, Class<E> words) {
    for (E word : words.getEnumConstants()) {
      if (of(word).equals(text)) {
        return word;
      }
    }
    throw new IllegalArgumentException(
        Stream.of(words.getEnumConstants())
            .map(Names::of)
            .collect(Collectors.joining(", ", "is none of ", "")));
  }
}
