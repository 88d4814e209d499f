package dev.palimpsest.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Invented turns of talk for measurements: as long as real ones, from a vocabulary whose words are
 * as unevenly used as real ones, the same for the same seed. In our own line format.
 */
final class BenchCorpus {
  private static final List<String> ONSETS =
      List.of("b", "br", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t", "v");
  private static final List<String> RHYMES =
      List.of("a", "an", "ar", "e", "el", "en", "i", "in", "o", "on", "or", "u", "un", "ust");
  private static final int VOCABULARY = 4000;
  private static final int WORDS_MIN = 6;
  private static final int WORDS_SPREAD = 30;
  private static final int TURNS_PER_SESSION = 20;
  private static final int SECONDS_BETWEEN = 3600;
  private static final Instant BEGIN = Instant.parse("2020-01-01T00:00:00Z");

  private final Random random;
  private final List<String> vocabulary;

  BenchCorpus(long seed) {
    this.random = new Random(seed);
    this.vocabulary = IntStream.range(0, VOCABULARY).mapToObj(_ -> invented()).toList();
  }

  /** {@code records} lines. */
  byte[] lines(int records) {
    return IntStream.range(0, records)
        .mapToObj(number -> line(number) + "\n")
        .collect(Collectors.joining())
        .getBytes(UTF_8);
  }

  /** A question of a few words. */
  String question() {
    return words(WORDS_MIN);
  }

  private String line(int number) {
    ObjectNode line = Json.object().put("id", "r" + number);
    line.put("session", "s" + number / TURNS_PER_SESSION);
    line.put("happened_at", BEGIN.plusSeconds((long) number * SECONDS_BETWEEN).toString());
    line.put("speaker", number % 2 == 0 ? "ann" : "ben");
    line.put("text", words(WORDS_MIN + random.nextInt(WORDS_SPREAD)) + ".");
    return line.toString();
  }

  /** So many words with spaces between. */
  String words(int count) {
    return IntStream.range(0, count).mapToObj(_ -> word()).collect(Collectors.joining(" "));
  }

  /** Word number n about as often as 1/n. */
  private String word() {
    double place = Math.pow(VOCABULARY, random.nextDouble());
    return vocabulary.get(Math.min((int) place - 1, VOCABULARY - 1));
  }

  private String invented() {
    return IntStream.range(0, 2 + random.nextInt(2))
        .mapToObj(_ -> one(ONSETS) + one(RHYMES))
        .collect(Collectors.joining());
  }

  private String one(List<String> list) {
    return list.get(random.nextInt(list.size()));
  }
}
