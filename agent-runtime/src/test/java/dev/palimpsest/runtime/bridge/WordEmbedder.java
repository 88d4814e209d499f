package dev.palimpsest.runtime.bridge;

import dev.palimpsest.memory.Embedder;
import dev.palimpsest.memory.Embedding;
import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The embedder of the tests: a text is the sum of a direction for each of its words, so that texts
 * with the same words lie near each other. It can be made to fail, for all texts or for one word.
 */
public final class WordEmbedder implements Embedder {
  public static final EmbeddingSpace SPACE = new EmbeddingSpace("words", 64);

  private static final Pattern WORD = Pattern.compile("\\w+");

  private final EmbeddingSpace space;
  private final AtomicInteger embedded = new AtomicInteger();
  private volatile boolean isBroken;
  private volatile String poison = "";

  /** The standard one of the tests. */
  public WordEmbedder() {
    this(SPACE);
  }

  /** One with a space of its own. */
  public WordEmbedder(EmbeddingSpace space) {
    this.space = space;
  }

  /** What memories can be embedded with where the standard embedder is one of these. */
  public static Embedders standardIn(EmbedderSlot standard) {
    return embedders(standard, EmbedderSlot.empty("a test"));
  }

  /** The same beside another one. */
  public static Embedders embedders(EmbedderSlot standard, EmbedderSlot file) {
    return new Embedders(new Embedders.Standard(SPACE, () -> "0a".repeat(32), standard), file);
  }

  /** From now on nothing, or everything, has a vector. */
  public void setBroken(boolean broken) {
    isBroken = broken;
  }

  /** From now on no text with this word has a vector. */
  public void poison(String word) {
    poison = word;
  }

  /** Texts that were asked for so far. */
  public int embedded() {
    return embedded.get();
  }

  @Override
  public EmbeddingSpace space() {
    return space;
  }

  @Override
  public List<Embedding> embed(List<String> texts) {
    return texts.stream().map(this::embed).toList();
  }

  @Override
  public List<String> split(String text) {
    return List.of(text.split("(?<=\\. )", -1));
  }

  @Override
  public Reading read(String text) {
    Embedding whole = embed(text);
    Matcher words = WORD.matcher(text);
    List<Reading.Token> tokens = new ArrayList<>();
    while (words.find()) {
      tokens.add(new Reading.Token(words.start(), words.end(), sum(words.group())));
    }
    return new Reading(whole, tokens);
  }

  private Embedding embed(String text) {
    embedded.incrementAndGet();
    if (isBroken || (!poison.isEmpty() && text.contains(poison))) {
      throw new ModelException("as told", null);
    }
    return sum(text);
  }

  private Embedding sum(String text) {
    float[] sum = new float[space.dimensions()];
    sum[0] = 0.01f;
    for (String word : text.toLowerCase(Locale.ROOT).split("\\W+", -1)) {
      Random direction = new Random(word.hashCode());
      for (int i = 0; i < sum.length; i++) {
        sum[i] += (float) direction.nextGaussian();
      }
    }
    return Embedding.normalised(sum);
  }
}
