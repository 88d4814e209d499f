package dev.palimpsest.runtime.bridge;

import dev.palimpsest.memory.Embedder;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Whether texts can be turned into vectors. The service starts without waiting for it, and runs
 * without it: then memory is searched by words alone. One thread loads, any thread asks.
 */
public final class EmbedderSlot implements AutoCloseable {
  private volatile State state = new State.Loading();

  /** Where it stands. */
  public sealed interface State {
    /** Not known yet. */
    record Loading() implements State {}

    /**
     * It serves.
     *
     * @param embedder the one
     */
    record Loaded(Embedder embedder) implements State {}

    /**
     * There is none until the next start.
     *
     * @param reason what is missing
     * @param isBroken whether one was asked for and could not be loaded
     */
    record Missing(String reason, boolean isBroken) implements State {}
  }

  /** Waits for somebody to load it. */
  public EmbedderSlot() {}

  /** A place that stays empty. */
  public static EmbedderSlot empty(String reason) {
    EmbedderSlot slot = new EmbedderSlot();
    slot.state = new State.Missing(reason, false);
    return slot;
  }

  /** A place that is taken from the beginning. */
  public static EmbedderSlot of(Embedder embedder) {
    EmbedderSlot slot = new EmbedderSlot();
    slot.state = new State.Loaded(embedder);
    return slot;
  }

  /** Where it stands. */
  public State state() {
    return state;
  }

  /** The embedder, if there is one by now. */
  public Optional<Embedder> find() {
    return state instanceof State.Loaded(Embedder embedder)
        ? Optional.of(embedder)
        : Optional.empty();
  }

  /** The same as clients ask for it, where it serves them too. */
  public Optional<VectorModel> vectors() {
    return state instanceof State.Loaded(Embedder embedder)
            && embedder instanceof VectorModel vectors
        ? Optional.of(vectors)
        : Optional.empty();
  }

  /**
   * Loads on the caller's thread, unless it is decided already. Everything is caught: native
   * libraries fail in many ways, and none of them is a reason to have no service.
   */
  public State load(Supplier<? extends Embedder> opener) {
    if (state instanceof State.Loading) {
      state = loaded(opener);
    }
    return state;
  }

  /** Closes what was loaded. */
  @Override
  public void close() {
    if (state instanceof State.Loaded(InProcessEmbedder embedder)) {
      state = new State.Missing("the service is stopping", false);
      embedder.close();
    }
  }

  private static State loaded(Supplier<? extends Embedder> opener) {
    try {
      return new State.Loaded(opener.get());
    } catch (RuntimeException | LinkageError e) {
      Throwable cause = e.getCause();
      return new State.Missing(e + (cause == null ? "" : ": " + cause), true);
    }
  }
}
