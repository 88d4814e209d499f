package dev.palimpsest.engine.schema;

import dev.palimpsest.engine.token.Vocabulary;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The tokens of a vocabulary that write something, in the order of their bytes, so that those with
 * a common beginning stand together. Takes some tenths of a second for a large vocabulary; made
 * once for a model, immutable, for any thread.
 */
public final class TokenOrder {
  private static final int BYTES = 256;

  private final int[] ids;
  private final byte[][] pieces;
  private final int[] common;
  private final int[] endings;
  private final List<byte[]> byId;

  /**
   * Sorts the tokens.
   *
   * @throws IllegalArgumentException if a byte has no token of its own or none ends an answer, for
   *     then what was begun could not always be finished
   */
  public TokenOrder(Vocabulary vocabulary) {
    byId = IntStream.range(0, vocabulary.size()).mapToObj(vocabulary::piece).toList();
    int[] sorted =
        IntStream.range(0, byId.size())
            .filter(id -> byId.get(id).length > 0 && !vocabulary.isEndOfGeneration(id))
            .boxed()
            .sorted(Comparator.comparing(byId::get, Arrays::compareUnsigned))
            .mapToInt(Integer::intValue)
            .toArray();
    ids = sorted;
    pieces = Arrays.stream(sorted).mapToObj(byId::get).toArray(byte[][]::new);
    common = new int[sorted.length];
    for (int i = 1; i < sorted.length; i++) {
      int mismatch = Arrays.mismatch(pieces[i - 1], pieces[i]);
      common[i] = mismatch < 0 ? pieces[i].length : mismatch;
    }
    endings = IntStream.range(0, byId.size()).filter(vocabulary::isEndOfGeneration).toArray();
    long single =
        Arrays.stream(pieces).filter(p -> p.length == 1).map(p -> p[0]).distinct().count();
    if (single < BYTES || endings.length == 0) {
      throw new IllegalArgumentException(
          "the vocabulary has tokens for "
              + single
              + " of 256 bytes and "
              + endings.length
              + " that end an answer");
    }
  }

  int size() {
    return ids.length;
  }

  int id(int i) {
    return ids[i];
  }

  /** Not to be written to. */
  byte[] piece(int i) {
    return pieces[i];
  }

  /** How many bytes this token and the one before it begin with alike. */
  int common(int i) {
    return common[i];
  }

  /** The bytes of a token, not to be written to. */
  byte[] pieceOf(int id) {
    return byId.get(id);
  }

  int vocabulary() {
    return byId.size();
  }

  int[] endings() {
    return endings;
  }
}
