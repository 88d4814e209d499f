package dev.palimpsest.compress.bench;

import dev.palimpsest.compress.HeadError;
import java.util.List;

/** What was measured of one method at one ratio, over all texts. */
final class Figures {
  private final String method;
  private final double ratio;
  private int questions;
  private int right;
  private int same;
  private double divergence;
  private double logProbability;
  private int tokens;
  private int texts;
  private long bytes;
  private long past;
  private double seconds;
  private double mass;
  private double output;

  Figures(String method, double ratio) {
    this.method = method;
    this.ratio = ratio;
  }

  /** Adds the answers of a text. */
  void add(List<Lab.Ask> asks, List<Lab.Seen> expected, List<Lab.Seen> seen) {
    for (int i = 0; i < asks.size(); i++) {
      Lab.Ask ask = asks.get(i);
      boolean isRight = true;
      boolean isSame = true;
      for (int t = 0; t < seen.get(i).rows().size(); t++) {
        float[] found = seen.get(i).rows().get(t);
        float[] exact = expected.get(i).rows().get(t);
        int token = ask.tokens().at(ask.answerFrom() + t);
        int best = best(found);
        isRight &= best == token;
        isSame &= best == best(exact);
        logProbability += found[token];
        divergence += divergence(exact, found);
        tokens++;
      }
      questions++;
      right += isRight ? 1 : 0;
      same += isSame ? 1 : 0;
    }
  }

  private static int best(float[] row) {
    int best = 0;
    for (int i = 1; i < row.length; i++) {
      best = row[i] > row[best] ? i : best;
    }
    return best;
  }

  /** Kullback and Leibler's, of what was found from what is exact, in nats. */
  private static double divergence(float[] exact, float[] found) {
    double sum = 0;
    for (int i = 0; i < exact.length; i++) {
      sum += Math.exp(exact[i]) * (exact[i] - found[i]);
    }
    return sum;
  }

  /** Adds what compacting a text took. */
  void add(long spanBytes, int pastTokens, double took, HeadError error) {
    texts++;
    bytes += spanBytes;
    past += pastTokens;
    seconds += took;
    mass += error.massMean();
    output += error.output();
  }

  String method() {
    return method;
  }

  double ratio() {
    return ratio;
  }

  int questions() {
    return questions;
  }

  /** Share of answers whose every token is the likeliest one. */
  double accuracy() {
    return (double) right / questions;
  }

  /** Share of answers whose likeliest tokens are those of the exact cache. */
  double agreement() {
    return (double) same / questions;
  }

  double meanDivergence() {
    return divergence / tokens;
  }

  double meanLogProbability() {
    return logProbability / tokens;
  }

  double bytesPerToken() {
    return (double) bytes / past;
  }

  double secondsPerText() {
    return seconds / texts;
  }

  double massError() {
    return mass / texts;
  }

  double outputError() {
    return output / texts;
  }
}
