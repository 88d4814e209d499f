package dev.palimpsest.retrieval;

import dev.palimpsest.memory.Embedder;
import dev.palimpsest.memory.Embedding;
import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An embedder without a model: each word has a direction of its own, a text is their sum. */
public final class HashedEmbedder implements Embedder {
  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");
  private static final EmbeddingSpace SPACE = new EmbeddingSpace("hashed-words", 48);

  /** Always the same. */
  public HashedEmbedder() {}

  @Override
  public EmbeddingSpace space() {
    return SPACE;
  }

  @Override
  public List<Embedding> embed(List<String> texts) {
    return texts.stream().map(HashedEmbedder::embed).toList();
  }

  @Override
  public Reading read(String text) {
    Matcher words = WORD.matcher(text);
    List<Reading.Token> tokens = new ArrayList<>();
    while (words.find()) {
      tokens.add(new Reading.Token(words.start(), words.end(), embed(words.group())));
    }
    return new Reading(embed(text), tokens);
  }

  @Override
  public List<String> split(String text) {
    return List.of(text);
  }

  private static Embedding embed(String text) {
    float[] sum = new float[SPACE.dimensions()];
    sum[0] = 0.01f;
    for (String word : text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+", -1)) {
      Random direction = new Random(word.hashCode());
      for (int i = 0; i < sum.length; i++) {
        sum[i] += (float) direction.nextGaussian();
      }
    }
    return Embedding.normalised(sum);
  }
}
