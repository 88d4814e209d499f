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
 * Makes vectors of texts with an encoder, or with a decoder that was trained for it. Any thread may
 * call; a lock lets one in after the other, because the backend serves one at a time. So the
 * backend must not be that of an engine that runs. Borrows model and backend, which the caller
 * closes afterwards; owns the memory for keys and values.
 */
public final class TextEmbedder implements AutoCloseable {
  private final Model model;
  private final Pooling pooling;
  private final TextPass pass;
  private final ReentrantLock oneAtATime = new ReentrantLock();

  /**
   * Takes all memory that it will ever take.
   *
   * @param pooling how the vectors of tokens become one; null for what the model's file says
   * @throws IllegalArgumentException if that is no way to make a vector, or neither says one
   */
  public TextEmbedder(Model model, Backend backend, TextLimits limits, @Nullable Pooling pooling) {
    this.model = model;
    this.pooling = pooling == null ? model.pooling().orElse(Pooling.NONE) : pooling;
    if (this.pooling == Pooling.NONE || this.pooling == Pooling.SCORE) {
      throw new IllegalArgumentException(
          model.description().name()
              + " makes no vectors of texts: its pooling is "
              + this.pooling);
    }
    this.pass = new TextPass(model, backend, limits);
  }

  /** Bytes that one within these limits takes beside the model's file. */
  public static long memoryBytes(Model model, TextLimits limits) {
    return TextPass.bytes(model, limits);
  }

  /** Elements of a vector. */
  public int dimensions() {
    return model.architecture().width();
  }

  /** The longest text in tokens, the marks around it included. */
  public int contextTokens() {
    return pass.contextTokens();
  }

  /** Tokens of a text, the marks around it included, however many fit. */
  public int tokens(String text) {
    int ids = model.tokenizer().encode(text, Special.TEXT).size();
    return Marks.of(model.vocabulary()).count() + ids;
  }

  /** How the vectors of tokens become one. */
  public Pooling pooling() {
    return pooling;
  }

  /**
   * One vector for each text, in order. A text that is too long is cut at its end; how much is told
   * with its vector. What looks like a mark of the model in a text is text.
   */
  public List<TextVector> embed(List<String> texts) {
    Marks marks = Marks.of(model.vocabulary());
    List<MarkedText> marked = new ArrayList<>();
    for (String text : texts) {
      TokenIds ids = model.tokenizer().encode(text, Special.TEXT);
      marked.add(marks.around(ids, pass.contextTokens()));
    }
    return run(marked);
  }

  /**
   * The same for tokens, to which no marks are added.
   *
   * @throws IllegalArgumentException if one is not in the vocabulary
   */
  public List<TextVector> embedTokens(List<TokenIds> texts) {
    List<MarkedText> marked = new ArrayList<>();
    for (TokenIds ids : texts) {
      checkKnown(ids);
      int kept = Math.min(ids.size(), pass.contextTokens());
      marked.add(MarkedText.of(ids.slice(0, kept), ids.size() - kept));
    }
    return run(marked);
  }

  private void checkKnown(TokenIds ids) {
    for (int i = 0; i < ids.size(); i++) {
      if (ids.at(i) < 0 || ids.at(i) >= model.vocabulary().size()) {
        throw new IllegalArgumentException(
            "token " + ids.at(i) + ", the vocabulary has " + model.vocabulary().size());
      }
    }
  }

  private List<TextVector> run(List<MarkedText> texts) {
    oneAtATime.lock();
    try {
      List<double[]> vectors = pass.run(texts, pooling);
      List<TextVector> out = new ArrayList<>();
      for (int i = 0; i < vectors.size(); i++) {
        out.add(TextVector.of(vectors.get(i), texts.get(i)));
      }
      return out;
    } finally {
      oneAtATime.unlock();
    }
  }

  /** Frees its memory; no call may be under way. */
  @Override
  public void close() {
    pass.close();
  }
}
