package dev.palimpsest.engine.sample;

import dev.palimpsest.engine.backend.Epilogue;
import dev.palimpsest.engine.backend.RowStatistics;
import java.util.ArrayList;
import java.util.List;

/**
 * Chooses the next token, in the order of {@link SamplingParams}; a token that is not allowed
 * counts nowhere. A draw adds to each token's log-weight its {@link GumbelNoise} and takes the
 * largest sum, so that it needs no state and depends neither on what other sequences drew nor on
 * the order in which tokens are looked at. Where the largest logits that the {@link Epilogue} found
 * decide, the row is not read again. Holds memory for one vocabulary; for one thread.
 */
public final class Sampler {
  private final int vocabulary;
  private final Candidates candidates;
  private final TokenSet allowed;
  private final GumbelNoise noise = new GumbelNoise();

  /**
   * @param vocabulary number of tokens
   */
  public Sampler(int vocabulary) {
    this.vocabulary = vocabulary;
    candidates = new Candidates(vocabulary);
    allowed = new TokenSet(vocabulary);
  }

  /**
   * The next token of a generation, whose state is told.
   *
   * @param rows the logits, walked over
   * @param position how many tokens the sequence has before the one that is chosen
   * @throws IllegalStateException if a constraint allows no token
   */
  public TokenChoice sample(Epilogue rows, int row, SamplingState state, int position) {
    RowStatistics statistics = rows.statistics(row);
    filter(rows, row, statistics, state);
    int id = candidates.id(draw(state.params().seed(), position));
    state.accept(id);
    return new TokenChoice(id, rows.logit(row, id), statistics.logSumExp(), statistics.entropy());
  }

  /**
   * The tokens that a row's model thinks most likely, whatever a request's parameters say.
   *
   * @param most at most {@link Epilogue#TOP}
   */
  public List<TokenChoice> top(Epilogue rows, int row, int most) {
    RowStatistics statistics = rows.statistics(row);
    double logSumExp = statistics.logSumExp();
    double entropy = statistics.entropy();
    loadTop(rows, row);
    int count = Math.min(most, candidates.count());
    candidates.sortTo(count);
    List<TokenChoice> top = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      top.add(new TokenChoice(candidates.id(i), candidates.logit(i), logSumExp, entropy));
    }
    return top;
  }

  /** Leaves those that can be drawn, with the logarithms of their weights. */
  Candidates filter(Epilogue rows, int row, RowStatistics statistics, SamplingState state) {
    SamplingParams params = state.params();
    double total = load(rows, row, statistics, state);
    if (params.isGreedy()) {
      candidates.keepTopK(1);
      return candidates;
    }
    boolean isTotalKnown = params.topK() == 0 && params.typicalP() >= 1;
    candidates.keepTopK(params.topK());
    candidates.keepTypical(params.typicalP());
    candidates.keepTopP(params.topP(), isTotalKnown ? total : 0);
    candidates.keepMinP(params.minP());
    switch (params.distribution()) {
      case SOFTMAX -> candidates.soften(params.temperature());
      case SPARSEMAX -> candidates.project(params.temperature());
    }
    return candidates;
  }

  /** Fills the candidates; returns the sum over all e^(x−max) where it is known, else 0. */
  private double load(Epilogue rows, int row, RowStatistics statistics, SamplingState state) {
    TokenConstraint constraint = state.constraint();
    if (constraint != null) {
      loadAllowed(rows, row, constraint);
    } else if (state.changesLogits()) {
      loadAll(rows, row);
    } else {
      loadTop(rows, row);
      if (!decides(state.params(), statistics)) {
        loadAll(rows, row);
      }
      return statistics.sum();
    }
    state.change(candidates);
    return 0;
  }

  private void loadTop(Epilogue rows, int row) {
    candidates.clear();
    for (int place = 0; place < rows.topPlaces(); place++) {
      candidates.add(rows.topId(row, place), rows.topLogit(row, place));
    }
  }

  private void loadAll(Epilogue rows, int row) {
    candidates.clear();
    for (int id = 0; id < vocabulary; id++) {
      candidates.add(id, rows.logit(row, id));
    }
  }

  /** In ascending order, as {@link #loadAll} does, for sums in double depend on it. */
  private void loadAllowed(Epilogue rows, int row, TokenConstraint constraint) {
    allowed.clear();
    constraint.allow(allowed);
    candidates.clear();
    for (int id = allowed.next(0); id >= 0; id = allowed.next(id + 1)) {
      candidates.add(id, rows.logit(row, id));
    }
    if (candidates.count() == 0) {
      throw new IllegalStateException("a constraint allows no token");
    }
  }

  /** Whether no token but the {@link Epilogue#TOP} best can be left by these parameters. */
  private boolean decides(SamplingParams params, RowStatistics statistics) {
    int known = Epilogue.TOP;
    if (candidates.count() == vocabulary
        || params.isGreedy()
        || (params.topK() > 0 && params.topK() <= known)) {
      return true;
    }
    if (params.topK() > 0 || params.typicalP() < 1) {
      return false;
    }
    candidates.sortTo(known);
    double least = candidates.logit(0) + Math.log(params.minP());
    return (params.topP() < 1 && candidates.mass(known) >= params.topP() * statistics.sum())
        || candidates.logit(known - 1) < least
        || (params.distribution() == Distribution.SPARSEMAX
            && candidates.support(params.temperature(), known) < known);
  }

  private int draw(long seed, int position) {
    if (candidates.count() == 1) {
      return 0;
    }
    noise.at(seed, position);
    int best = 0;
    double most = candidates.score(0) + noise.of(candidates.id(0));
    for (int i = 1; i < candidates.count(); i++) {
      double least = most - candidates.score(i);
      double drawn = noise.above(least, candidates.id(i));
      double sum = candidates.score(i) + drawn;
      if (drawn > least
          && (sum > most || (sum == most && candidates.id(i) < candidates.id(best)))) {
        best = i;
        most = sum;
      }
    }
    return best;
  }
}
