package dev.palimpsest.engine.ground;

import dev.palimpsest.engine.sample.TokenConstraint;
import dev.palimpsest.engine.sample.TokenRules;
import dev.palimpsest.engine.token.TokenIds;
import dev.palimpsest.engine.token.Tokenizer;
import dev.palimpsest.engine.token.Vocabulary;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Lets a generation say only what stands in its sources: spans of whole words, joined by {@code ,},
 * {@code and}, {@code .} or {@code ;} (never by nothing, which would let words of different sources
 * make a sentence that none of them holds), with a full stop at the end if it likes; or the
 * refusal. Words are written after a space, so that a word has the same tokens wherever it stands;
 * the output therefore begins with one. Immutable, for any thread.
 */
public final class Grounding implements TokenRules {
  private final SpanIndex index;
  private final Phrases phrases;
  private final Speller speller;
  private final Vocabulary vocabulary;
  private final int[] endings;
  private final int cited;

  /**
   * Reads the sources; milliseconds for thousands of tokens.
   *
   * @param sources what may be copied and is cited
   * @param question what may be copied and is not cited
   * @throws IllegalArgumentException if it is not {@link #isPossible possible}, or there are two
   *     million tokens or more
   */
  public Grounding(Tokenizer tokenizer, List<Source> sources, String question) {
    vocabulary = tokenizer.vocabulary();
    speller = new Speller(tokenizer);
    phrases = new Phrases(speller);
    cited = sources.size();
    Strands strands = new Strands(speller);
    for (int i = 0; i < cited; i++) {
      strands.add(i, sources.get(i));
    }
    strands.add(cited, Source.of(question));
    index = new SpanIndex(strands);
    endings = endings(vocabulary);
    if (endings.length == 0) {
      throw new IllegalArgumentException("the vocabulary has no token that ends an answer");
    }
  }

  /** Whether a vocabulary can say the refusal and has a token to end with. */
  public static boolean isPossible(Tokenizer tokenizer) {
    return new Speller(tokenizer).afterSpace(Phrases.REFUSAL) != null
        && endings(tokenizer.vocabulary()).length > 0;
  }

  private static int[] endings(Vocabulary vocabulary) {
    return IntStream.range(0, vocabulary.size()).filter(vocabulary::isEndOfGeneration).toArray();
  }

  /** What is said where the sources hold no answer. */
  public static String refusal() {
    return Phrases.REFUSAL;
  }

  @Override
  public TokenConstraint begin() {
    return new Walk(index, phrases, vocabulary, endings);
  }

  /**
   * Where the spans of an output come from, in its order: the longest spans, each from the first
   * source that has it. The refusal, connecting phrases and the question's words have no citation.
   *
   * @param output what was generated under these rules; where no token ends it, it was cut off
   * @throws IllegalArgumentException for an output that these rules do not allow
   */
  public List<Citation> citations(TokenIds output) {
    int length = output.size();
    while (length > 0 && vocabulary.isEndOfGeneration(output.at(length - 1))) {
      length--;
    }
    TokenIds said = output.slice(0, length);
    if (said.isEmpty()) {
      return List.of();
    }
    boolean isCut = length == output.size();
    return new Reading(index, phrases, said, speller.borders(said), cited, isCut).citations();
  }
}
