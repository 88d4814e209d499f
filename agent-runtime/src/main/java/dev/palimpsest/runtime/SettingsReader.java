package dev.palimpsest.runtime;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns texts into values and collects every problem on the way, so that a start with five mistakes
 * names five. A value that is wrong is replaced by one that lets the reading go on.
 */
final class SettingsReader {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,15})([KMG]?)");

  private final List<String> problems = new ArrayList<>();

  List<String> problems() {
    return List.copyOf(problems);
  }

  void problem(String key, String text) {
    problems.add("palimpsest." + key + " (" + variable(key) + "): " + text);
  }

  int number(String key, String text, int min, int max) {
    return (int) longNumber(key, text.strip(), text.strip(), min, max);
  }

  /** Bytes; {@code K}, {@code M} and {@code G} are powers of 1024. */
  long bytes(String key, String text, long min, long max) {
    Matcher matcher = SIZE.matcher(text.strip().toUpperCase(Locale.ROOT));
    if (!matcher.matches()) {
      problem(key, "'" + text + "' is not a number of bytes such as 1048576, 512M or 2G");
      return min;
    }
    int shift =
        switch (String.valueOf(matcher.group(2))) {
          case "K" -> 10;
          case "M" -> 20;
          case "G" -> 30;
          default -> 0;
        };
    long value = Long.parseLong(String.valueOf(matcher.group(1)));
    boolean overflows = value > Long.MAX_VALUE >> shift;
    return longNumber(
        key, text, String.valueOf(overflows ? Long.MAX_VALUE : value << shift), min, max);
  }

  String word(String key, String text, List<String> allowed) {
    String word = text.strip().toLowerCase(Locale.ROOT);
    if (!allowed.contains(word)) {
      problem(key, "'" + text + "' is none of " + String.join(", ", allowed));
      return allowed.getFirst();
    }
    return word;
  }

  String text(String key, String text) {
    if (text.isBlank()) {
      problem(key, "must not be empty");
    }
    return text.strip();
  }

  Optional<Path> file(String key, Optional<String> text) {
    Optional<Path> path = text.filter(t -> !t.isBlank()).map(t -> Path.of(t.strip()));
    path.filter(p -> !Files.isReadable(p) || !Files.isRegularFile(p))
        .ifPresent(p -> problem(key, "there is no readable file " + p.toAbsolutePath()));
    return path;
  }

  List<Path> files(String key, Optional<List<String>> texts) {
    List<Path> paths = new ArrayList<>();
    for (String text : texts.orElse(List.of())) {
      file(key, Optional.of(text)).ifPresent(paths::add);
    }
    return paths;
  }

  private long longNumber(String key, String written, String digits, long min, long max) {
    try {
      long value = Long.parseLong(digits);
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      problem(key, "'" + written + "' is not a whole number");
      return min;
    }
    problem(key, "'" + written + "' is outside " + min + " to " + max);
    return min;
  }

  private static String variable(String key) {
    return "PALIMPSEST_" + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }
}
