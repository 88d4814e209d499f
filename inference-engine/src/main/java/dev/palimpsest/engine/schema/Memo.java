package dev.palimpsest.engine.schema;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a {@link Machine} has made so far: equal contexts and equal states are one object. Guarded
 * by the machine's lock, but for {@link #bytes}.
 */
final class Memo {
  /** About what an object, a list and its entry in a map take. */
  private static final int OBJECT_BYTES = 160;

  private static final int FRAME_BYTES = 32;

  private final Map<List<Frame>, Context> contexts = new HashMap<>();
  private final Map<List<Frame>, State> states = new HashMap<>();
  private final AtomicLong bytes = new AtomicLong();

  Context context(List<Frame> returns) {
    Context known = contexts.get(returns);
    if (known == null) {
      known = Context.of(returns);
      contexts.put(returns, known);
      add(OBJECT_BYTES + (long) FRAME_BYTES * returns.size());
    }
    return known;
  }

  State state(List<Frame> places, Program program) {
    State known = states.get(places);
    if (known == null) {
      known = new State(this, states.size(), places, program);
      states.put(places, known);
      add(OBJECT_BYTES + (long) FRAME_BYTES * places.size() + 8L * program.classes());
    }
    return known;
  }

  /** More is held by what is remembered here. */
  void add(long more) {
    bytes.addAndGet(more);
  }

  /** About how much is held; from any thread. */
  long bytes() {
    return bytes.get();
  }
}
