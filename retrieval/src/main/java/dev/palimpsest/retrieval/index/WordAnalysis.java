package dev.palimpsest.retrieval.index;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.en.EnglishPossessiveFilter;
import org.apache.lucene.analysis.en.PorterStemFilter;
import org.apache.lucene.analysis.miscellaneous.ASCIIFoldingFilter;
import org.apache.lucene.analysis.pattern.PatternReplaceFilter;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.OffsetAttribute;

/**
 * How talk becomes words. Split by Unicode's rules, without a possessive {@code 's}, in lower case,
 * without accents, {@code 7th} as {@code 7}. No word is left out: in talk, <em>who</em> and
 * <em>not</em> count, and the score weighs rare against common words itself. Each word is kept as
 * it is (names, numbers) and as its stem (so that <em>camping</em> finds <em>camped</em>); both
 * forms have the same number of words.
 */
public final class WordAnalysis {
  private static final Pattern ORDINAL = Pattern.compile("^(\\d+)(?:st|nd|rd|th)$");

  /** Words as they are. */
  static final Analyzer EXACT = new Chain(false);

  /** Words by their stems. */
  static final Analyzer STEMMED = new Chain(true);

  private static final int KEY_WORDS_MAX = 100;

  private WordAnalysis() {}

  /** The stems of a text's words in order, at most {@code limit}. */
  public static List<String> stems(String text, int limit) {
    return words(STEMMED, text, limit);
  }

  /**
   * What two spellings of a name have in common: its words without case and accents, with one space
   * where there was white space and a hyphen where there was anything else. Empty where there is no
   * word in it.
   */
  public static String key(String name) {
    List<String> words = new ArrayList<>();
    for (String part : name.strip().split("\\s+", -1)) {
      String word = String.join("-", words(EXACT, part, KEY_WORDS_MAX));
      if (!word.isEmpty()) {
        words.add(word);
      }
    }
    return String.join(" ", words);
  }

  /** The words of a text in order, at most {@code limit}. */
  static List<String> words(Analyzer analyzer, String text, int limit) {
    List<String> words = new ArrayList<>();
    try (TokenStream tokens = analyzer.tokenStream("words", text)) {
      CharTermAttribute term = tokens.addAttribute(CharTermAttribute.class);
      tokens.reset();
      while (words.size() < limit && tokens.incrementToken()) {
        words.add(term.toString());
      }
      return words;
    } catch (IOException e) {
      throw new IllegalStateException("a text in memory cannot fail to be read", e);
    }
  }

  /** The same with the places where they stand. */
  static List<AskedWord> placed(String text, int limit) {
    List<AskedWord> words = new ArrayList<>();
    try (TokenStream tokens = EXACT.tokenStream("words", text)) {
      CharTermAttribute term = tokens.addAttribute(CharTermAttribute.class);
      OffsetAttribute offset = tokens.addAttribute(OffsetAttribute.class);
      tokens.reset();
      while (words.size() < limit && tokens.incrementToken()) {
        words.add(new AskedWord(term.toString(), offset.startOffset(), offset.endOffset(), 0));
      }
      return words;
    } catch (IOException e) {
      throw new IllegalStateException("a text in memory cannot fail to be read", e);
    }
  }

  private static final class Chain extends Analyzer {
    private final boolean isStemmed;

    Chain(boolean isStemmed) {
      this.isStemmed = isStemmed;
    }

    @Override
    protected TokenStreamComponents createComponents(String field) {
      Tokenizer tokenizer = new StandardTokenizer();
      TokenStream tokens = new EnglishPossessiveFilter(tokenizer);
      tokens = new ASCIIFoldingFilter(new LowerCaseFilter(tokens));
      tokens = new PatternReplaceFilter(tokens, ORDINAL, "$1", false);
      return new TokenStreamComponents(
          tokenizer, isStemmed ? new PorterStemFilter(tokens) : tokens);
    }
  }
}
