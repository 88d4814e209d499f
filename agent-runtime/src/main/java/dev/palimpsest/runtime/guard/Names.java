package dev.palimpsest.runtime.guard;

import java.util.Locale;

/** How constants are written in JSON. */
public final class Names {
  private Names() {}

  /** The constant's name in lower case. */
  public static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
