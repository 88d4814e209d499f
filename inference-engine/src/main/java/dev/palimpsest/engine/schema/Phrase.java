package dev.palimpsest.engine.schema;

import java.util.List;

/** What a part of a grammar may say; other rules are named by their numbers. */
sealed interface Phrase {
  /** Stands for no limit. */
  int UNLIMITED = Integer.MAX_VALUE;

  /** These characters, one after the other; perhaps none. */
  record Text(String text) implements Phrase {}

  /** One of some characters. */
  record Letter(CodePoints set) implements Phrase {}

  /** What another rule says. */
  record Name(int rule) implements Phrase {}

  /** Parts, one after the other. */
  record Sequence(List<Phrase> parts) implements Phrase {
    public Sequence {
      parts = List.copyOf(parts);
    }
  }

  /**
   * One of several.
   *
   * @param ways at least two
   */
  record Choice(List<Phrase> ways) implements Phrase {
    public Choice {
      ways = List.copyOf(ways);
    }
  }

  /** A part so many times. */
  record Repeat(Phrase part, int min, int max) implements Phrase {
    /** Whether it has to be counted how often the part was said. */
    boolean isCounted() {
      return max == UNLIMITED ? min > 1 : max > 1;
    }
  }
}
