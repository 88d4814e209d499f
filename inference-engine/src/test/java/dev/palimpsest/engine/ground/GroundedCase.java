package dev.palimpsest.engine.ground;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Random sources with a question, made of few words so that much is ambiguous.
 *
 * @param sources what is cited
 * @param question what is not
 */
record GroundedCase(List<Source> sources, String question) {
  private static final List<String> WORDS =
      List.of(
          "a",
          "an",
          "and",
          "I",
          "have",
          "no",
          "Oslo",
          "Os",
          "Oslo.",
          "memory",
          "(x)",
          "\"q\"",
          "é",
          "naïve",
          "🧪",
          "x,",
          "Mara's",
          "1",
          "12",
          "$20",
          "well-known",
          "—",
          "b;",
          "...");

  static GroundedCase draw(RandomGenerator random) {
    List<Source> sources = new ArrayList<>();
    for (int count = random.nextInt(5); count > 0; count--) {
      String prefix = random.nextBoolean() ? "[12 May] Mara: " : "";
      String text = prefix + words(random, random.nextInt(8));
      List<Source.Part> parts = new ArrayList<>();
      if (!prefix.isEmpty()) {
        parts.add(new Source.Part(1, 7));
        parts.add(new Source.Part(9, 13));
      }
      parts.add(new Source.Part(prefix.length(), text.length()));
      sources.add(new Source(text, parts));
    }
    return new GroundedCase(sources, words(random, random.nextInt(6)));
  }

  private static String words(RandomGenerator random, int count) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      String space = random.nextInt(12) == 0 ? "  " : random.nextInt(30) == 0 ? "\n" : " ";
      text.append(i == 0 ? "" : space).append(WORDS.get(random.nextInt(WORDS.size())));
    }
    return text.toString();
  }

  Quotations quotations() {
    return new Quotations(sources, question);
  }

  /** Checks what holds for every output, whole or cut off. */
  void checkCitations(String output, List<Citation> citations) {
    int at = 0;
    for (Citation each : citations) {
      assertTrue(each.start() >= at && each.end() > each.start(), () -> each + " in " + output);
      String source = sources.get(each.source()).text();
      assertEquals(
          source.substring(each.sourceStart(), each.sourceEnd()),
          output.substring(each.start(), each.end()),
          () -> this + " " + each);
      at = each.end();
    }
  }
}
