package dev.palimpsest.engine.token;

import java.util.Arrays;

/**
 * Finds the token of a run of bytes among the tokens that text may become: NORMAL and UNDEFINED.
 * Looking up allocates nothing and takes time in the length of the run, at most that of the longest
 * piece. Of several tokens with the same bytes the first is found.
 */
final class PieceIndex {
  private static final long HASH_START = 0xcbf29ce484222325L;
  private static final long HASH_FACTOR = 0x100000001b3L;

  private final Vocabulary vocabulary;
  private final int[] ids;
  private final int mask;
  private final int longest;

  PieceIndex(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    this.ids = new int[Hashing.tableSize(vocabulary.size())];
    this.mask = ids.length - 1;
    Arrays.fill(ids, -1);
    int length = 0;
    for (int id = 0; id < vocabulary.size(); id++) {
      if (isText(vocabulary.type(id)) && vocabulary.sharedPiece(id).length > 0) {
        length = Math.max(length, vocabulary.sharedPiece(id).length);
        file(id);
      }
    }
    this.longest = length;
  }

  private static boolean isText(TokenType type) {
    return type == TokenType.NORMAL || type == TokenType.UNDEFINED;
  }

  private void file(int id) {
    byte[] piece = vocabulary.sharedPiece(id);
    int place = hash(piece, 0, piece.length) & mask;
    for (int steps = 0; ids[place] >= 0; steps++) {
      if (Arrays.equals(vocabulary.sharedPiece(ids[place]), piece)) {
        return;
      }
      Hashing.checkSteps(steps);
      place = (place + 1) & mask;
    }
    ids[place] = id;
  }

  /** The token whose piece is exactly these bytes, or -1. */
  int find(byte[] text, int from, int to) {
    if (to - from > longest) {
      return -1;
    }
    return at(hash(text, from, to) & mask, text, from, to);
  }

  /** The token of these bytes, looked for from their place in the table on, or -1. */
  private int at(int first, byte[] text, int from, int to) {
    int place = first;
    for (int id = ids[place]; id >= 0; id = ids[place]) {
      byte[] piece = vocabulary.sharedPiece(id);
      if (Arrays.equals(piece, 0, piece.length, text, from, to)) {
        return id;
      }
      place = (place + 1) & mask;
    }
    return -1;
  }

  int find(byte[] text) {
    return find(text, 0, text.length);
  }

  /** The token with the longest piece that begins here and ends no later than {@code to}, or -1. */
  int longestAt(byte[] text, int from, int to) {
    int found = -1;
    long hash = HASH_START;
    int end = Math.min(to, from + longest);
    for (int at = from; at < end; at++) {
      hash = (hash ^ (text[at] & 0xff)) * HASH_FACTOR;
      int id = at(Hashing.mix(hash) & mask, text, from, at + 1);
      found = id < 0 ? found : id;
    }
    return found;
  }

  static int hash(byte[] text, int from, int to) {
    long hash = HASH_START;
    for (int i = from; i < to; i++) {
      hash = (hash ^ (text[i] & 0xff)) * HASH_FACTOR;
    }
    return Hashing.mix(hash);
  }
}
