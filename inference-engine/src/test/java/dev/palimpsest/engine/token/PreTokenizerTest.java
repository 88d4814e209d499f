package dev.palimpsest.engine.token;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.palimpsest.engine.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The cutters cut where their regular expressions do, on random texts of awkward characters. */
final class PreTokenizerTest {
  /** The property White_Space, spelled out; Java's own {@code \s} is another set. */
  private static final String SPACE =
      "\\t-\\r \\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}";

  private static final String SPACES = "[" + SPACE + "]+(?![^" + SPACE + "])|[" + SPACE + "]+";

  private static final String GPT2 =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^" + SPACE + "\\p{L}\\p{N}]+|" + SPACES;

  private static final String MODERN =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,MAX}| ?[^"
          + SPACE
          + "\\p{L}\\p{N}]+[\\r\\n]*|["
          + SPACE
          + "]*[\\r\\n]+|"
          + SPACES;

  private static final Map<PreTokenizer, String> EXPRESSIONS =
      Map.of(
          PreTokenizer.GPT2,
          GPT2,
          PreTokenizer.STARCODER,
          GPT2,
          PreTokenizer.LLAMA3,
          MODERN.replace("MAX", "3"),
          PreTokenizer.QWEN2,
          MODERN.replace("MAX", "1"),
          PreTokenizer.QWEN35,
          MODERN
              .replace("MAX", "1")
              .replace("?\\p{L}+", "?[\\p{L}\\p{M}]+")
              .replace(SPACE + "\\p{L}\\p{N}]+[", SPACE + "\\p{L}\\p{M}\\p{N}]+["));

  private static final String[] ALPHABET = {
    " ",
    " ",
    "  ",
    "\n",
    "\r",
    "\t",
    "\u00a0",
    "\u2003",
    "\u200b",
    "\u0085",
    "\u3000",
    "a",
    "B",
    "s",
    "S",
    "t",
    "re",
    "VE",
    "m",
    "ll",
    "lL",
    "D",
    "'",
    "'",
    "'",
    "1",
    "23",
    "\u0663",
    "\u00bd",
    "\u2167",
    "\u00e9",
    "\u0301",
    "\u0903",
    "\u20dd",
    "\u4e2d",
    "\ud83e\udd99",
    "\ud835\udc00",
    "\ud835\udfce",
    ".",
    "!?",
    "_",
    "\ufffd",
    "\u0378",
    "\u001c",
    "\u180e",
    "\u02bc",
    "\u017f"
  };

  @ParameterizedTest
  @EnumSource
  void cutsWhereTheRegularExpressionDoes(PreTokenizer cutter) {
    long seed = Seeds.seed("cuts of " + cutter);
    for (int round = 0; round < Seeds.iterations(5_000); round++) {
      RandomGenerator random = Seeds.random(seed + round);
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(14); n > 0; n--) {
        text.append(ALPHABET[random.nextInt(ALPHABET.length)]);
      }
      assertEquals(expected(cutter, text.toString()), cut(cutter, text.toString()));
    }
  }

  private static List<String> cut(PreTokenizer cutter, String text) {
    List<String> pieces = new ArrayList<>();
    for (int from = 0; from < text.length(); ) {
      int to = cutter.end(text, from);
      pieces.add(text.substring(from, to));
      from = to;
    }
    return pieces;
  }

  private static List<String> expected(PreTokenizer cutter, String text) {
    List<String> pieces = new ArrayList<>();
    Pattern pattern = Pattern.compile(EXPRESSIONS.get(cutter));
    // STARCODER sees each number as a text of its own, and what lies between as texts too.
    String between = cutter == PreTokenizer.STARCODER ? "\\p{N}|[^\\p{N}]+" : "(?s).+";
    Matcher parts = Pattern.compile(between).matcher(text);
    while (parts.find()) {
      Matcher matcher = pattern.matcher(parts.group());
      while (matcher.find()) {
        pieces.add(matcher.group());
      }
    }
    return pieces;
  }
}
