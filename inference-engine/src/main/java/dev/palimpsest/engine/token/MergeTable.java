package dev.palimpsest.engine.token;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * The merges of a byte-level BPE: two ids to the rank of their merge and the id it gives. Looking
 * up allocates nothing.
 */
final class MergeTable {
  private static final long FREE = -1;

  private final long[] keys;
  private final int[] ranks;
  private final int[] mergedIds;
  private final int mask;

  /**
   * The merges as the file lists them, the best first: two pieces with a space between. A merge
   * that gives or takes a token which text may not become is left out.
   *
   * @throws IllegalArgumentException if one of them names what is no token
   */
  MergeTable(List<String> merges, PieceIndex index, Set<String> withheld) {
    this.keys = new long[Hashing.tableSize(merges.size())];
    this.ranks = new int[keys.length];
    this.mergedIds = new int[keys.length];
    this.mask = keys.length - 1;
    Arrays.fill(keys, FREE);
    for (int rank = 0; rank < merges.size(); rank++) {
      add(merges.get(rank), rank, index, withheld);
    }
  }

  private void add(String merge, int rank, PieceIndex index, Set<String> withheld) {
    // A piece is never empty, so the space that separates is not at the beginning.
    int space = merge.indexOf(' ', 1);
    if (space < 0 || space == merge.length() - 1) {
      throw new IllegalArgumentException("merge " + rank + " has no two pieces: " + merge);
    }
    String left = merge.substring(0, space);
    String right = merge.substring(space + 1);
    int leftId = index.find(ByteAlphabet.bytes(left));
    int rightId = index.find(ByteAlphabet.bytes(right));
    int id = index.find(ByteAlphabet.bytes(left + right));
    if (leftId >= 0 && rightId >= 0 && id >= 0) {
      file(key(leftId, rightId), rank, id);
    } else if (Collections.disjoint(withheld, List.of(left, right, left + right))) {
      throw new IllegalArgumentException(
          "merge " + rank + " has a part or a result that is no token: " + merge);
    }
  }

  private void file(long key, int rank, int id) {
    int place = Hashing.mix(key) & mask;
    for (int steps = 0; keys[place] != FREE; steps++) {
      if (keys[place] == key) {
        return;
      }
      Hashing.checkSteps(steps);
      place = (place + 1) & mask;
    }
    keys[place] = key;
    ranks[place] = rank;
    mergedIds[place] = id;
  }

  /** Rank and id of a merge as {@link Merger.Pairs} wants them. */
  long merged(int leftId, int rightId) {
    if (leftId < 0 || rightId < 0) {
      return Merger.Pairs.NONE;
    }
    long key = key(leftId, rightId);
    int place = Hashing.mix(key) & mask;
    while (keys[place] != FREE) {
      if (keys[place] == key) {
        return (long) ranks[place] << 32 | mergedIds[place];
      }
      place = (place + 1) & mask;
    }
    return Merger.Pairs.NONE;
  }

  private static long key(int leftId, int rightId) {
    return (long) leftId << 32 | rightId;
  }
}
