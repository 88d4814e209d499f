package dev.palimpsest.retrieval.consolidation;

import dev.palimpsest.memory.Memory;
import dev.palimpsest.retrieval.index.WordAnalysis;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A sentence of a memory that a digest may quote.
 *
 * @param memory where it stands, word for word
 * @param text on one line
 * @param stems of its words, in order
 */
record Sentence(Memory memory, String text, List<String> stems) {
  /** A longer one is not quoted, in UTF-16 units. */
  static final int CHARACTERS_MAX = 400;

  /** With fewer words it says too little by itself. */
  static final int WORDS_MIN = 4;

  /** Looked at of one memory; the rest of a long text is left to whoever reads it. */
  static final int PER_MEMORY_MAX = 40;

  /** How much of a memory's text is cut into sentences, in UTF-16 units. */
  private static final int READ_MAX = 20_000;

  Sentence {
    stems = List.copyOf(stems);
  }

  /** The sentences of a memory that may be quoted, in order. */
  static List<Sentence> of(Memory memory) {
    String text = memory.text();
    String read = text.substring(0, Math.min(text.length(), READ_MAX));
    List<Sentence> sentences = new ArrayList<>();
    for (String line : read.split("\\R", -1)) {
      add(memory, line, sentences);
    }
    return sentences;
  }

  private static void add(Memory memory, String line, List<Sentence> sentences) {
    BreakIterator breaks = BreakIterator.getSentenceInstance(Locale.ROOT);
    breaks.setText(line);
    int from = breaks.first();
    for (int to = breaks.next();
        to != BreakIterator.DONE && sentences.size() < PER_MEMORY_MAX;
        to = breaks.next()) {
      String text = line.substring(from, to).strip();
      from = to;
      if (isQuotable(text)) {
        List<String> stems = WordAnalysis.stems(text, CHARACTERS_MAX);
        if (stems.size() >= WORDS_MIN) {
          sentences.add(new Sentence(memory, text, stems));
        }
      }
    }
  }

  /** What would break a line in two, or is no text at all, is not quoted. */
  private static boolean isQuotable(String text) {
    return !text.isEmpty()
        && text.length() <= CHARACTERS_MAX
        && text.chars().noneMatch(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029);
  }
}
