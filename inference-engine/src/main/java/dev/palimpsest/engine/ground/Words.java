package dev.palimpsest.engine.ground;

import java.util.BitSet;

/**
 * Where the words of a text begin and end. A word is what stands between spaces, with and without
 * the signs around it: {@code "Dune",} is the word {@code Dune}. A span may begin with the signs
 * before a word, as in {@code $20}, unless they open a bracket or a quotation, and end with those
 * behind it unless they leave the sentence open. In scripts that put no spaces between words every
 * character counts as a word.
 */
final class Words {
  /** Signs after which a sentence goes on; no span ends with one. */
  private static final String OPEN_SIGNS = ",;:([{<-–—/\\&+=#@*_|~^“„«‘";

  /** Signs with which no span begins: their partner might be left out. */
  private static final String OPENING_SIGNS = "([{<\"'“„«‘";

  private final String text;
  private final BitSet starts = new BitSet();
  private final BitSet bareStarts = new BitSet();
  private final BitSet ends = new BitSet();
  private final BitSet cores = new BitSet();
  private final int[] coreEnds;

  Words(String text) {
    this.text = text;
    this.coreEnds = new int[text.length()];
    int at = 0;
    while (at < text.length()) {
      int letter = text.codePointAt(at);
      if (isSpace(letter)) {
        at += Character.charCount(letter);
      } else {
        int end = chunkEnd(at);
        chunk(at, end);
        at = end;
      }
    }
  }

  /** Whether a span may begin at this character, written after a space. */
  boolean isStart(int at) {
    return starts.get(at);
  }

  /** Whether a span may begin at this character with no space before it. */
  boolean isBareStart(int at) {
    return bareStarts.get(at);
  }

  /** Whether a span may end before this character. */
  boolean isEnd(int at) {
    return ends.get(at);
  }

  /** The next word without its signs that begins at {@code from} or later, or -1. */
  int nextCore(int from) {
    return cores.nextSetBit(from);
  }

  /** Where the word without its signs ends that begins here. */
  int coreEnd(int start) {
    return coreEnds[start];
  }

  private int chunkEnd(int from) {
    int at = from;
    while (at < text.length() && !isSpace(text.codePointAt(at))) {
      at += Character.charCount(text.codePointAt(at));
    }
    return at;
  }

  private void chunk(int from, int to) {
    int first = from;
    while (first < to && !isWordCharacter(text.codePointAt(first))) {
      first += Character.charCount(text.codePointAt(first));
    }
    int last = to;
    while (last > first && !isWordCharacter(text.codePointBefore(last))) {
      last -= Character.charCount(text.codePointBefore(last));
    }
    if (OPEN_SIGNS.indexOf(text.charAt(to - 1)) < 0) {
      ends.set(to);
    }
    if (first < last) {
      if (text.substring(from, first).chars().allMatch(sign -> OPENING_SIGNS.indexOf(sign) < 0)) {
        starts.set(from);
      }
      starts.set(first);
      core(first, last);
    }
  }

  private void core(int from, int to) {
    cores.set(from);
    coreEnds[from] = to;
    ends.set(to);
    String word = text.substring(from, to);
    if (to - from > 2 && (word.endsWith("'s") || word.endsWith("’s"))) {
      ends.set(to - 2);
    }
    int before = text.codePointAt(from);
    for (int at = from + Character.charCount(before); at < to; ) {
      int letter = text.codePointAt(at);
      if (isUnspaced(before) || isUnspaced(letter)) {
        bareStarts.set(at, isWordCharacter(letter));
        ends.set(at);
      }
      before = letter;
      at += Character.charCount(letter);
    }
  }

  private static boolean isSpace(int codePoint) {
    return Character.isWhitespace(codePoint) || Character.isSpaceChar(codePoint);
  }

  private static boolean isWordCharacter(int codePoint) {
    return Character.isLetterOrDigit(codePoint) || isMark(codePoint);
  }

  private static boolean isMark(int codePoint) {
    int type = Character.getType(codePoint);
    return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK;
  }

  private static boolean isUnspaced(int codePoint) {
    if (codePoint < 0x2e80) {
      return false;
    }
    Character.UnicodeScript script = Character.UnicodeScript.of(codePoint);
    return script == Character.UnicodeScript.HAN
        || script == Character.UnicodeScript.HIRAGANA
        || script == Character.UnicodeScript.KATAKANA;
  }
}
