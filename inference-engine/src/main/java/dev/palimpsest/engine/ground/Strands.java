package dev.palimpsest.engine.ground;

import dev.palimpsest.engine.token.TokenIds;
import java.util.Arrays;
import java.util.BitSet;

/**
 * All tokens that may be copied, in strands: each is what one part of a source says, cut behind the
 * last place where a span may end, and is followed by {@link #END}. A place is an index into them.
 * Sources stand in their order. Built by one thread, then not changed.
 */
final class Strands {
  /** No token: the end of a strand. */
  static final int END = -1;

  private int[] tokens = new int[64];
  private int[] begins = new int[64];
  private int[] ends = new int[64];
  private int[] sources = new int[64];
  private final BitSet starting = new BitSet();
  private final BitSet ending = new BitSet();
  private final Speller speller;
  private int size;

  Strands(Speller speller) {
    this.speller = speller;
  }

  /** Places, the ends of strands included. */
  int size() {
    return size;
  }

  /** The token at a place, or {@link #END}. */
  int token(int place) {
    return tokens[place];
  }

  /** Whether a span may begin with this token. */
  boolean isStart(int place) {
    return starting.get(place);
  }

  /** Whether a span may end with this token. */
  boolean isEnd(int place) {
    return ending.get(place);
  }

  /** The source of a place. */
  int source(int place) {
    return sources[place];
  }

  /** Where the token's text begins in the source, without a space before it. */
  int begin(int place) {
    return begins[place];
  }

  /** Where the token's text ends in the source; for half a character, where that begins. */
  int end(int place) {
    return ends[place];
  }

  /** Adds what may be copied of a source, line by line. */
  void add(int source, Source from) {
    for (Source.Part part : from.parts()) {
      int start = part.start();
      for (int at = part.start(); at <= part.end(); at++) {
        if (at == part.end() || from.text().charAt(at) == '\n' || from.text().charAt(at) == '\r') {
          addLine(source, from.text().substring(start, at), start);
          start = at + 1;
        }
      }
    }
  }

  private void addLine(int source, String line, int offset) {
    String text = line.strip();
    if (text.isEmpty()) {
      return;
    }
    int base = offset + line.indexOf(text);
    Words words = new Words(text);
    TokenIds whole = speller.afterSpace(text);
    BitSet covered = whole == null ? new BitSet() : addStrand(source, text, base, words, whole);
    // Words that are not written after a space here, such as one in quotes, may stand alone.
    for (int core = words.nextCore(0); core >= 0; core = words.nextCore(core + 1)) {
      String word = text.substring(core, words.coreEnd(core));
      TokenIds alone = covered.get(core) ? null : speller.afterSpace(word);
      if (alone != null) {
        addStrand(source, word, base + core, new Words(word), alone);
      }
    }
  }

  /** Adds the tokens of a space and the text; returns where in the text spans can begin. */
  private BitSet addStrand(int source, String text, int base, Words words, TokenIds ids) {
    int[] borders = speller.borders(ids);
    int length = ids.size();
    while (length > 0 && !isWordEnd(words, borders[length])) {
      length--;
    }
    BitSet covered = new BitSet();
    for (int i = 0; i < length; i++) {
      // The text begins one unit later than what the tokens say, which has a space before it.
      int said = borders[i];
      boolean spaced = said == 0 || (said > 0 && text.charAt(said - 1) == ' ');
      boolean starts = spaced ? words.isStart(said) : said > 0 && words.isBareStart(said - 1);
      if (starts) {
        starting.set(size);
        covered.set(spaced ? said : said - 1);
      }
      ending.set(size, isWordEnd(words, borders[i + 1]));
      int begin = Math.max(0, spaced ? said : floor(said) - 1);
      append(ids.at(i), source, base + begin, base + Math.max(0, floor(borders[i + 1]) - 1));
    }
    if (length > 0) {
      append(END, source, base, base);
    }
    return covered;
  }

  private static boolean isWordEnd(Words words, int border) {
    return border > 0 && words.isEnd(border - 1);
  }

  private static int floor(int border) {
    return border < 0 ? ~border : border;
  }

  private void append(int token, int source, int begin, int end) {
    if (size == tokens.length) {
      tokens = Arrays.copyOf(tokens, 2 * size);
      begins = Arrays.copyOf(begins, 2 * size);
      ends = Arrays.copyOf(ends, 2 * size);
      sources = Arrays.copyOf(sources, 2 * size);
    }
    tokens[size] = token;
    begins[size] = begin;
    ends[size] = end;
    sources[size++] = source;
  }
}
