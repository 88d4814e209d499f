package dev.palimpsest.runtime.bridge;

import dev.palimpsest.engine.schema.JsonShape;
import dev.palimpsest.engine.schema.TokenOrder;
import dev.palimpsest.engine.token.Vocabulary;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Token rules for answers of a given format. The tokens are sorted when the first is asked for,
 * under a lock. For any thread.
 */
final class Shapes {
  private final Vocabulary vocabulary;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable TokenOrder order;

  Shapes(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
  }

  /**
   * Rules for one format.
   *
   * @throws ModelException if the vocabulary cannot spell all JSON
   */
  JsonShape of(AnswerFormat format) {
    return new JsonShape(format.tree(), order());
  }

  private TokenOrder order() {
    lock.lock();
    try {
      TokenOrder known = order;
      if (known == null) {
        known = new TokenOrder(vocabulary);
        order = known;
      }
      return known;
    } catch (IllegalArgumentException e) {
      throw new ModelException("The model cannot be held to JSON: " + e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }
}
