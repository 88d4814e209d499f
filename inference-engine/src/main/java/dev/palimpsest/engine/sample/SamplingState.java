package dev.palimpsest.engine.sample;

import org.jspecify.annotations.Nullable;

/**
 * What the choices of one generation depend on beside logits and position: its parameters, how far
 * it has come in its rules, and how often its tokens were said. For the engine thread.
 */
public final class SamplingState {
  private final SamplingParams params;
  private final @Nullable TokenConstraint constraint;
  private final @Nullable TokenCounts counts;

  /** Of a generation that has said nothing yet; {@code rules} is null where all is free. */
  public SamplingState(SamplingParams params, @Nullable TokenRules rules) {
    this(params, rules == null ? null : rules.begin());
  }

  SamplingState(SamplingParams params, @Nullable TokenConstraint constraint) {
    this.params = params;
    this.constraint = constraint;
    this.counts =
        params.penalties().areNone() ? null : new TokenCounts(params.penalties().window());
  }

  SamplingParams params() {
    return params;
  }

  @Nullable TokenConstraint constraint() {
    return constraint;
  }

  /** Whether logits are changed before anything is chosen. */
  boolean changesLogits() {
    return counts != null || !params.bias().entries().isEmpty();
  }

  /** Penalties first, then the bias. */
  void change(Candidates candidates) {
    if (counts != null) {
      for (int slot = 0; slot < counts.slots(); slot++) {
        if (counts.count(slot) > 0) {
          penalise(candidates, counts.id(slot), counts.count(slot));
        }
      }
    }
    for (int i = 0; i < params.bias().entries().size(); i++) {
      LogitBias.Entry entry = params.bias().entries().get(i);
      int place = candidates.place(entry.token());
      if (place >= 0) {
        candidates.set(place, candidates.logit(place) + entry.bias());
      }
    }
  }

  private void penalise(Candidates candidates, int id, int count) {
    int place = candidates.place(id);
    if (place >= 0) {
      candidates.set(place, params.penalties().penalised(candidates.logit(place), count));
    }
  }

  /** As {@link TokenConstraint#ahead}; null where there are no rules. */
  public @Nullable Runnable ahead() {
    return constraint == null ? null : constraint.ahead();
  }

  /** Moves on by a token that was chosen. */
  void accept(int token) {
    if (counts != null) {
      counts.add(token);
    }
    if (constraint != null) {
      constraint.accept(token);
    }
  }
}
