package dev.palimpsest.runtime.bridge;

import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToIntFunction;

/**
 * Cuts texts into pieces that fit a window: as many whole sentences as fit, and a sentence that
 * alone is too long in halves between words. Pieces joined are the text. Stateless.
 */
final class Sentences {
  /** Sentences longer than this are halved without being counted first: they never fit. */
  private static final int CHARACTERS_PER_TOKEN_MAX = 32;

  private final int windowTokens;
  private final ToIntFunction<String> tokens;

  /**
   * Takes the measure.
   *
   * @param tokens tokens of a text with those that frame it
   */
  Sentences(int windowTokens, ToIntFunction<String> tokens) {
    this.windowTokens = windowTokens;
    this.tokens = tokens;
  }

  /** The pieces in order; the text itself where it fits. */
  List<String> split(String text) {
    if (fits(text)) {
      return List.of(text);
    }
    List<String> pieces = new ArrayList<>();
    StringBuilder open = new StringBuilder();
    int used = 0;
    for (String sentence : fitting(text)) {
      int count = tokens.applyAsInt(sentence);
      if (used + count > windowTokens && !open.isEmpty()) {
        pieces.add(open.toString());
        open.setLength(0);
        used = 0;
      }
      open.append(sentence);
      used += count;
    }
    pieces.add(open.toString());
    return pieces;
  }

  /** Sentences, or parts of sentences, that fit. */
  private List<String> fitting(String text) {
    BreakIterator ends = BreakIterator.getSentenceInstance(Locale.ROOT);
    ends.setText(text);
    List<String> fitting = new ArrayList<>();
    int begin = 0;
    for (int end = ends.next(); end != BreakIterator.DONE; end = ends.next()) {
      addHalves(text.substring(begin, end), fitting);
      begin = end;
    }
    return fitting;
  }

  private void addHalves(String part, List<String> fitting) {
    if (fits(part)) {
      fitting.add(part);
      return;
    }
    int middle = middle(part);
    addHalves(part.substring(0, middle), fitting);
    addHalves(part.substring(middle), fitting);
  }

  private boolean fits(String part) {
    return part.length() < 2
        || (part.length() <= windowTokens * CHARACTERS_PER_TOKEN_MAX
            && tokens.applyAsInt(part) <= windowTokens);
  }

  /** After the space nearest before the middle; where there is none, the middle itself. */
  private static int middle(String part) {
    int half = part.length() / 2;
    int space = part.lastIndexOf(' ', half - 1);
    int cut = space > part.length() / 4 ? space + 1 : half;
    return Character.isLowSurrogate(part.charAt(cut)) ? cut + 1 : cut;
  }
}
