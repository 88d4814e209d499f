package dev.palimpsest.engine.schema;

import dev.palimpsest.engine.sample.TokenSet;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Finds the tokens that leave a way to the end, for each state once: what one generation has found
 * out, others of the same rules know. For any thread; a state's mask is made by one of them while
 * the others that want it wait.
 */
final class Masks {
  /**
   * One mask takes no more visits to places than this, each way counted once, whether it was known
   * before or not: a tenth of a second at the worst.
   */
  static final int WORK_MAX = 1_000_000;

  private final Machine machine;
  private final TokenOrder tokens;

  Masks(Machine machine, TokenOrder tokens) {
    this.machine = machine;
    this.tokens = tokens;
  }

  Machine machine() {
    return machine;
  }

  TokenOrder tokens() {
    return tokens;
  }

  /** What may come next. */
  Mask of(State state) {
    Mask known = state.mask();
    if (known != null) {
      return known;
    }
    ReentrantLock lock = state.maskLock();
    lock.lock();
    try {
      Mask found = state.mask();
      if (found == null) {
        found = new Search(state).mask();
        state.mask(found);
      }
      return found;
    } finally {
      lock.unlock();
    }
  }

  /** One walk over all tokens in the order of their bytes; forbidden beginnings are passed over. */
  private final class Search {
    private final State[] path = new State[tokens.bytesMax() + 1];
    private final int words = machine.classCount() / Long.SIZE + 1;
    private long[] counted = new long[1024];
    private long work;

    Search(State from) {
      Arrays.fill(path, from);
    }

    Mask mask() {
      TokenSet found = new TokenSet(tokens.vocabulary());
      int[] classes = machine.classes();
      int nodes = tokens.nodes();
      int node = 0;
      while (node < nodes) {
        int depth = tokens.depth(node);
        State next = step(path[depth - 1], classes[tokens.label(node)]);
        if (work > WORK_MAX || machine.isCostly(next)) {
          return new Mask.Unknown();
        }
        if (next.isDead()) {
          node = tokens.after(node);
        } else {
          path[depth] = next;
          tokens.addAt(node++, found);
        }
      }
      if (path[0].isDone()) {
        for (int ending : tokens.endings()) {
          found.add(ending);
        }
      }
      return Mask.of(found);
    }

    private State step(State at, int byteClass) {
      State next = machine.after(at, byteClass);
      int word = at.id() * words + (byteClass >> 6);
      if (word >= counted.length) {
        counted = Arrays.copyOf(counted, Math.max(word + 1, 2 * counted.length));
      }
      if ((counted[word] & 1L << byteClass) == 0) {
        counted[word] |= 1L << byteClass;
        work += at.cost(byteClass);
      }
      return next;
    }
  }
}
