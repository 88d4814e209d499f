package dev.palimpsest.engine.backend;

import java.util.Arrays;

/**
 * The weights of one query head on its way over tiles and pages, for {@link AttentionMass}. Those
 * of a page are relative to the largest score so far, which only the end knows. Reused; belongs to
 * one thread.
 */
public final class AttendedWeights {
  private float[] weights = {};
  private int[] positions = {};
  private int count;
  private float[] largest = {};
  private int[] ends = {};
  private int pages;

  /** Forgets all. */
  public void clear() {
    count = 0;
    pages = 0;
  }

  /** Adds the weight of a token of the page that is read. */
  public void add(int position, float weight) {
    if (count == weights.length) {
      weights = Arrays.copyOf(weights, Math.max(Attention.PAGE_TOKENS, 2 * count));
      positions = Arrays.copyOf(positions, weights.length);
    }
    weights[count] = weight;
    positions[count++] = position;
  }

  /**
   * Ends a page.
   *
   * @param score to which its weights are relative
   */
  public void endPage(float score) {
    if (pages == ends.length) {
      ends = Arrays.copyOf(ends, Math.max(Attention.PAGE_TOKENS, 2 * pages));
      largest = Arrays.copyOf(largest, ends.length);
    }
    largest[pages] = score;
    ends[pages++] = count;
  }

  /**
   * Adds all weights to a mass, as parts of 1.
   *
   * @param score the largest of all
   * @param total the sum of all weights relative to it
   */
  public void addTo(AttentionMass mass, int kvHead, float score, float total) {
    int i = 0;
    for (int page = 0; page < pages; page++) {
      float factor = (float) Math.exp(largest[page] - score) / total;
      for (; i < ends[page]; i++) {
        mass.add(kvHead, positions[i], weights[i] * factor);
      }
    }
  }
}
