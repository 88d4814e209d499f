package dev.palimpsest.runtime.bench;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What was asked for.
 *
 * @param isTurns turns; else rows
 * @param count how many
 * @param texts a file of LoCoMo; null: the documents of the repository
 * @param queries of a search
 */
record Options(boolean isTurns, int count, @Nullable Path texts, int queries) {
  static final String USAGE =
      "usage: ./palimpsest bench memory --turns N | --rows N [--texts LOCOMO.json] [--queries N]";

  private static final int COUNT_MAX = 10_000_000;
  private static final int QUERIES_DEFAULT = 100;
  private static final int QUERIES_MAX = 1000;

  /** Null where the arguments are not understood. */
  static @Nullable Options read(String[] arguments) {
    Boolean isTurns = null;
    int count = 0;
    Path texts = null;
    int queries = QUERIES_DEFAULT;
    if (arguments.length % 2 != 0) {
      return null;
    }
    for (int i = 0; i < arguments.length; i += 2) {
      String value = arguments[i + 1];
      switch (arguments[i]) {
        case "--turns", "--rows" -> {
          isTurns = arguments[i].equals("--turns");
          count = number(value, COUNT_MAX);
        }
        case "--queries" -> queries = number(value, QUERIES_MAX);
        case "--texts" -> texts = Path.of(value);
        default -> count = 0;
      }
    }
    return isTurns == null || count == 0 || queries == 0
        ? null
        : new Options(isTurns, count, texts, queries);
  }

  private static int number(String text, int most) {
    boolean isNumber = text.matches("[1-9][0-9]{0,7}");
    return isNumber && Integer.parseInt(text) <= most ? Integer.parseInt(text) : 0;
  }
}
