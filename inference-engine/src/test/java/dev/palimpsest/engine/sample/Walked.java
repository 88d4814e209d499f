package dev.palimpsest.engine.sample;

import dev.palimpsest.engine.backend.Epilogue;
import dev.palimpsest.engine.backend.ScalarKernels;
import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Shape;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;

/** Rows of logits that were walked over, and what a sampler leaves of them. */
final class Walked {
  private Walked() {}

  static Epilogue rows(float[]... rows) {
    int width = rows[0].length;
    float[] all = new float[rows.length * width];
    for (int row = 0; row < rows.length; row++) {
      System.arraycopy(rows[row], 0, all, row * width, width);
    }
    Epilogue epilogue =
        new Epilogue(
            new Tensor(
                "logits", DType.F32, Shape.of(rows.length, width), MemorySegment.ofArray(all)));
    for (int unit = epilogue.units(rows.length) - 1; unit >= 0; unit--) {
      epilogue.run(unit, new ScalarKernels());
    }
    return epilogue;
  }

  /** The probabilities from which a draw is made, by token id; 0 for what was filtered out. */
  static double[] distribution(float[] logits, SamplingState state) {
    Epilogue rows = rows(logits);
    Candidates left = new Sampler(logits.length).filter(rows, 0, rows.statistics(0), state);
    double[] weights = new double[logits.length];
    double total = 0;
    for (int i = 0; i < left.count(); i++) {
      weights[left.id(i)] = Math.exp(left.score(i));
      total += weights[left.id(i)];
    }
    for (int id = 0; id < weights.length; id++) {
      weights[id] /= total;
    }
    return weights;
  }

  static double[] distribution(float[] logits, SamplingParams params) {
    return distribution(logits, free(params));
  }

  /** Of a generation without rules that has said nothing. */
  static SamplingState free(SamplingParams params) {
    return new SamplingState(params, (TokenConstraint) null);
  }

  /** A token of a row alone. */
  static int draw(SamplingParams params, int position, float... logits) {
    return new Sampler(logits.length).sample(rows(logits), 0, free(params), position).id();
  }

  /** Logits of about the spread of a language model's. */
  static float[] random(RandomGenerator random, int count) {
    float scale = random.nextFloat(0.2f, 6f);
    float[] logits = new float[count];
    for (int id = 0; id < count; id++) {
      logits[id] = (float) random.nextGaussian() * scale;
    }
    return logits;
  }
}
