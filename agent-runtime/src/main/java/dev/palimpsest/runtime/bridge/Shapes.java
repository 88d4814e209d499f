package dev.palimpsest.runtime.bridge;

import dev.palimpsest.engine.sample.TokenRules;
import dev.palimpsest.engine.schema.CallShape;
import dev.palimpsest.engine.schema.Choices;
import dev.palimpsest.engine.schema.Grammar;
import dev.palimpsest.engine.schema.JsonShape;
import dev.palimpsest.engine.schema.TokenOrder;
import dev.palimpsest.engine.token.Vocabulary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Token rules for answers of a given format. Those of the last formats are kept with all that was
 * found out about them, at most {@value #KEPT_MAX} of about 8 MiB each. The tokens are sorted when
 * the first is asked for, under a lock. For any thread.
 */
final class Shapes {
  private static final int KEPT_MAX = 8;

  private final Vocabulary vocabulary;
  private final ReentrantLock lock = new ReentrantLock();

  /** In the order of their last use. */
  private final Map<Object, TokenRules> kept = new LinkedHashMap<>(16, 0.75f, true);

  private @Nullable TokenOrder order;

  Shapes(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
  }

  /**
   * Rules for one format.
   *
   * @throws ModelException if the vocabulary cannot spell everything
   */
  TokenRules of(AnswerFormat format) {
    return of(format, tokens -> made(format, tokens));
  }

  /**
   * Rules under which a call is one of these tools.
   *
   * @throws ModelException if the vocabulary cannot spell everything
   */
  TokenRules of(List<ToolFace> tools) {
    return of(
        tools,
        tokens ->
            new CallShape(ToolFormat.OPEN, ToolFormat.schema(tools), ToolFormat.CLOSE, tokens));
  }

  private TokenRules of(Object key, Function<TokenOrder, TokenRules> maker) {
    lock.lock();
    try {
      TokenRules known = kept.get(key);
      if (known == null) {
        known = maker.apply(order());
        kept.put(key, known);
        if (kept.size() > KEPT_MAX) {
          kept.remove(kept.keySet().iterator().next());
        }
      }
      return known;
    } finally {
      lock.unlock();
    }
  }

  private static TokenRules made(AnswerFormat format, TokenOrder tokens) {
    return switch (format) {
      case AnswerFormat.Json json -> new JsonShape(json.tree(), tokens);
      case AnswerFormat.Gbnf(String grammar) -> new Grammar(grammar, tokens);
      case AnswerFormat.OneOf(var texts) -> new Choices(texts, tokens);
    };
  }

  private TokenOrder order() {
    try {
      TokenOrder known = order;
      if (known == null) {
        known = new TokenOrder(vocabulary);
        order = known;
      }
      return known;
    } catch (IllegalArgumentException e) {
      throw new ModelException("The model cannot be held to a format: " + e.getMessage(), e);
    }
  }
}
