package dev.palimpsest.engine.embed;

import dev.palimpsest.engine.backend.Backend;
import dev.palimpsest.engine.model.Model;
import dev.palimpsest.engine.model.Pooling;
import dev.palimpsest.engine.token.TokenIds;
import dev.palimpsest.engine.token.Tokenizer.Special;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Says how well documents answer a query: with an encoder that reads both at once and has a head
 * for a score, or with a decoder that is asked for yes or no (Qwen3's rerankers). Any thread may
 * call; a lock lets one in after the other, because the backend serves one at a time. So the
 * backend must not be that of an engine that runs. Borrows model and backend, which the caller
 * closes afterwards; owns the memory for keys and values.
 */
public final class TextReranker implements AutoCloseable {
  private final Model model;
  private final TextPass pass;
  private final Score score;
  private final @Nullable PromptPairs prompts;
  private final ReentrantLock oneAtATime = new ReentrantLock();

  /**
   * Takes all memory that it will ever take.
   *
   * @param prompt how a decoder is asked; an encoder needs none
   * @throws IllegalArgumentException if the model is an encoder without a head for scores, if an
   *     answer is not one token, or if the prompt takes more than half of the context
   */
  public TextReranker(Model model, Backend backend, TextLimits limits, RerankPrompt prompt) {
    this.model = model;
    this.score = score(model, prompt);
    boolean isEncoder = model.architecture().isEncoder();
    int contextTokens = Math.min(limits.contextTokensMax(), model.architecture().contextTokens());
    this.prompts = isEncoder ? null : new PromptPairs(model.tokenizer(), prompt, contextTokens);
    this.pass = new TextPass(model, backend, limits);
  }

  private static Score score(Model model, RerankPrompt prompt) {
    if (model.scoreHead().isPresent()) {
      return Score.of(model.scoreHead().orElseThrow());
    }
    if (model.architecture().isEncoder()) {
      throw new IllegalArgumentException(
          model.description().name() + " has no head that makes scores");
    }
    return Score.of(
        model.weights().output(), answer(model, prompt.yes()), answer(model, prompt.no()));
  }

  private static int answer(Model model, String word) {
    TokenIds ids = model.tokenizer().encode(word, Special.TEXT);
    if (ids.size() != 1) {
      throw new IllegalArgumentException(
          "\"" + word + "\" has " + ids.size() + " tokens in this vocabulary, one expected");
    }
    return ids.at(0);
  }

  /** Bytes that one within these limits takes beside the model's file. */
  public static long memoryBytes(Model model, TextLimits limits) {
    return TextPass.bytes(model, limits);
  }

  /** One answer for each document, in order. What is too long is cut at its end. */
  public List<Relevance> score(String query, List<String> documents) {
    List<MarkedText> pairs = new ArrayList<>();
    for (String document : documents) {
      pairs.add(prompts == null ? pair(query, document) : prompts.of(query, document));
    }
    Pooling pooling = prompts == null ? Pooling.FIRST : Pooling.LAST;
    oneAtATime.lock();
    try {
      List<double[]> vectors = pass.run(pairs, pooling);
      List<Relevance> out = new ArrayList<>();
      for (int i = 0; i < vectors.size(); i++) {
        MarkedText pair = pairs.get(i);
        double probability = score.probability(vectors.get(i));
        out.add(new Relevance(probability, pair.ids().size(), pair.cutTokens()));
      }
      return out;
    } finally {
      oneAtATime.unlock();
    }
  }

  private MarkedText pair(String query, String document) {
    return Marks.of(model.vocabulary())
        .around(
            model.tokenizer().encode(query, Special.TEXT),
            model.tokenizer().encode(document, Special.TEXT),
            pass.contextTokens());
  }

  /** Frees its memory; no call may be under way. */
  @Override
  public void close() {
    pass.close();
  }
}
