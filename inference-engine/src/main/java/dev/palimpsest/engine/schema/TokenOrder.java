package dev.palimpsest.engine.schema;

import dev.palimpsest.engine.sample.TokenSet;
import dev.palimpsest.engine.token.Vocabulary;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The tokens of a vocabulary that write something, as a tree of their bytes: nodes stand in the
 * order in which they are walked, each before those under it. Takes some tenths of a second for a
 * large vocabulary; made once for a model, immutable, for any thread.
 */
public final class TokenOrder {
  private static final int BYTES = 256;

  /** In the order of their bytes. */
  private final int[] ids;

  /** By node: the byte that leads there, how many bytes led there, and the node after its tree. */
  private final byte[] labels;

  private final short[] depths;
  private final int[] afters;

  /** By node the first of its tokens among {@link #ids}; one more at the end. */
  private final int[] firsts;

  private final int bytesMax;
  private final int[] endings;
  private final List<byte[]> byId;

  /**
   * Sorts the tokens.
   *
   * @throws IllegalArgumentException if a byte has no token of its own or none ends an answer, for
   *     then what was begun could not always be finished; or a token has more than 32,767 bytes
   */
  public TokenOrder(Vocabulary vocabulary) {
    byId = IntStream.range(0, vocabulary.size()).mapToObj(vocabulary::piece).toList();
    ids =
        IntStream.range(0, byId.size())
            .filter(id -> byId.get(id).length > 0 && !vocabulary.isEndOfGeneration(id))
            .boxed()
            .sorted(Comparator.comparing(byId::get, Arrays::compareUnsigned))
            .mapToInt(Integer::intValue)
            .toArray();
    endings = IntStream.range(0, byId.size()).filter(vocabulary::isEndOfGeneration).toArray();
    long single =
        Arrays.stream(ids)
            .mapToObj(byId::get)
            .filter(p -> p.length == 1)
            .map(p -> p[0])
            .distinct()
            .count();
    if (single < BYTES || endings.length == 0) {
      throw new IllegalArgumentException(
          "the vocabulary has tokens for "
              + single
              + " of 256 bytes and "
              + endings.length
              + " that end an answer");
    }
    bytesMax = Arrays.stream(ids).map(id -> byId.get(id).length).max().orElseThrow();
    if (bytesMax > Short.MAX_VALUE) {
      throw new IllegalArgumentException("a token has " + bytesMax + " bytes");
    }
    int nodes = Arrays.stream(common()).sum();
    labels = new byte[nodes];
    depths = new short[nodes];
    afters = new int[nodes];
    firsts = new int[nodes + 1];
    plant();
  }

  /** By token how many nodes it has of its own. */
  private int[] common() {
    int[] own = new int[ids.length];
    for (int i = 0; i < ids.length; i++) {
      own[i] = byId.get(ids[i]).length - shared(i);
    }
    return own;
  }

  /** How many bytes a token and the one before it begin with alike. */
  private int shared(int i) {
    if (i == 0) {
      return 0;
    }
    byte[] piece = byId.get(ids[i]);
    int mismatch = Arrays.mismatch(byId.get(ids[i - 1]), piece);
    return mismatch < 0 ? piece.length : mismatch;
  }

  private void plant() {
    int[] open = new int[bytesMax + 1];
    int depth = 0;
    int node = 0;
    for (int i = 0; i < ids.length; i++) {
      byte[] piece = byId.get(ids[i]);
      int shared = shared(i);
      while (depth > shared) {
        afters[open[depth--]] = node;
      }
      while (depth < piece.length) {
        labels[node] = piece[depth++];
        depths[node] = (short) depth;
        // Of the last byte's node: tokens before it belong to nodes before it.
        firsts[node] = i;
        open[depth] = node++;
      }
    }
    while (depth > 0) {
      afters[open[depth--]] = node;
    }
    firsts[node] = ids.length;
  }

  /** How many nodes the tree has. */
  int nodes() {
    return labels.length;
  }

  /** The byte that leads to a node. */
  int label(int node) {
    return Byte.toUnsignedInt(labels[node]);
  }

  /** How many bytes lead to a node; at least 1. */
  int depth(int node) {
    return depths[node];
  }

  /** The first node that is not under this one. */
  int after(int node) {
    return afters[node];
  }

  /** Adds the tokens whose bytes lead to a node and not further. */
  void addAt(int node, TokenSet set) {
    for (int i = firsts[node]; i < firsts[node + 1]; i++) {
      set.add(ids[i]);
    }
  }

  /** The bytes of the longest token. */
  int bytesMax() {
    return bytesMax;
  }

  /** The bytes of a token, not to be written to. */
  byte[] pieceOf(int id) {
    return byId.get(id);
  }

  int vocabulary() {
    return byId.size();
  }

  boolean isEnding(int id) {
    return Arrays.binarySearch(endings, id) >= 0;
  }

  /** In ascending order, not to be written to. */
  int[] endings() {
    return endings;
  }
}
