package dev.palimpsest.compress;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Which keys score highest. */
public final class Top {
  private Top() {}

  /**
   * The places of the highest scores, ascending; of equal ones the later place is taken.
   *
   * @param first so many places at the beginning are taken whatever they score
   * @param count how many in all, at least {@code first}, at most all
   */
  public static int[] of(float[] scores, int first, int count) {
    int[] rest =
        IntStream.range(first, scores.length)
            .boxed()
            .sorted((a, b) -> {
              int byScore = Float.compare(scores[b], scores[a]);
              return byScore != 0 ? byScore : Integer.compare(b, a);
            })
            .limit(count - (long) first)
            .mapToInt(Integer::intValue)
            .toArray();
    int[] places = Arrays.copyOf(IntStream.range(0, first).toArray(), count);
    System.arraycopy(rest, 0, places, first, count - first);
    Arrays.sort(places);
    return places;
  }
}
