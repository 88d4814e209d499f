package dev.palimpsest.engine.token;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * Merges characters by the scores of the pieces they form, as SentencePiece's BPE does (Kudo and
 * Richardson, 2018). A character without a token is written as its bytes where the vocabulary has
 * tokens for them, else as the unknown token. A space is put before the text and after every
 * special token, where the vocabulary wants that.
 */
public final class SentencePieceTokenizer implements Tokenizer {
  private static final char SPACE_MARK = '\u2581';

  private final Vocabulary vocabulary;
  private final boolean addsSpace;
  private final PieceIndex index;
  private final SpecialCutter specials;

  /** Ids of the tokens of single bytes, or -1. */
  private final int[] byteIds = new int[256];

  /** By id: place of the token's score among all scores, the best is 0. */
  private final int[] ranks;

  private final OptionalInt unknown;

  /**
   * Whether no piece has a space after something else. Then nothing merges across such a place, and
   * words can be merged one by one, in memory that stays close.
   */
  private final boolean wordsApart;

  /**
   * A tokenizer for a vocabulary written in {@link PieceCoding#SENTENCE_PIECE}.
   *
   * @param addsSpace whether a text is encoded as if a space stood before it
   * @throws IllegalArgumentException if there are texts that no token can stand for
   */
  public SentencePieceTokenizer(Vocabulary vocabulary, boolean addsSpace) {
    this.vocabulary = vocabulary;
    this.addsSpace = addsSpace;
    this.index = new PieceIndex(vocabulary);
    this.specials = SpecialCutter.of(vocabulary);
    this.ranks = ranks(vocabulary);
    this.unknown = unknown(vocabulary);
    this.wordsApart = wordsApart(vocabulary);
    Arrays.fill(byteIds, -1);
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.type(id) == TokenType.BYTE) {
        byteIds[vocabulary.sharedPiece(id)[0] & 0xff] = id;
      }
    }
    if (unknown.isEmpty() && Arrays.stream(byteIds).anyMatch(id -> id < 0)) {
      throw new IllegalArgumentException(
          "the vocabulary has neither an unknown token nor a token for every byte");
    }
  }

  private static int[] ranks(Vocabulary vocabulary) {
    float[] scores = new float[vocabulary.size()];
    for (int id = 0; id < scores.length; id++) {
      scores[id] = score(vocabulary, id);
    }
    Arrays.sort(scores);
    int[] ranks = new int[scores.length];
    for (int id = 0; id < ranks.length; id++) {
      ranks[id] = scores.length - 1 - firstPlace(scores, score(vocabulary, id));
    }
    return ranks;
  }

  /** The score, with the two zeros made one, which sorting would tell apart. */
  private static float score(Vocabulary vocabulary, int id) {
    return vocabulary.token(id).score() + 0f;
  }

  /** The first place of a value in sorted values, so that equal scores have equal ranks. */
  private static int firstPlace(float[] sorted, float value) {
    int low = 0;
    int high = sorted.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private static boolean wordsApart(Vocabulary vocabulary) {
    for (int id = 0; id < vocabulary.size(); id++) {
      byte[] piece = vocabulary.sharedPiece(id);
      if (piece.length > 0 && wordEnd(piece, 0) < piece.length) {
        return false;
      }
    }
    return true;
  }

  private static OptionalInt unknown(Vocabulary vocabulary) {
    OptionalInt named = vocabulary.role(TokenRole.UNKNOWN);
    for (int id = 0; named.isEmpty() && id < vocabulary.size(); id++) {
      if (vocabulary.type(id) == TokenType.UNKNOWN) {
        named = OptionalInt.of(id);
      }
    }
    return named;
  }

  @Override
  public Vocabulary vocabulary() {
    return vocabulary;
  }

  @Override
  public TokenIds encode(String text, Special special) {
    return encode(text, special, new Merger());
  }

  TokenIds encode(String text, Special special, Merger merger) {
    return specials.encode(text, special, (plain, ids) -> encodePlain(plain, merger, ids));
  }

  private void encodePlain(String text, Merger merger, IdBuffer ids) {
    String spaced = text.replace(SPACE_MARK, ' ');
    byte[] bytes = (addsSpace ? " " + spaced : spaced).getBytes(StandardCharsets.UTF_8);
    for (int from = 0; from < bytes.length; ) {
      int to = wordsApart ? wordEnd(bytes, from) : bytes.length;
      encodeWord(bytes, from, to, merger, ids);
      from = to;
    }
  }

  /** The first space that follows something else, or the end. */
  private static int wordEnd(byte[] bytes, int from) {
    int at = from + 1;
    while (at < bytes.length && (bytes[at] != ' ' || bytes[at - 1] == ' ')) {
      at++;
    }
    return at;
  }

  private void encodeWord(byte[] bytes, int from, int to, Merger merger, IdBuffer ids) {
    merger.clear();
    for (int at = from; at < to; ) {
      int end = at + characterBytes(bytes[at]);
      merger.add(at, index.find(bytes, at, end));
      at = end;
    }
    merger.merge(to, (symbols, left, right) -> merged(bytes, symbols, left, right));
    for (int s = merger.first(); s < merger.count(); s = merger.after(s)) {
      if (merger.id(s) >= 0) {
        ids.add(merger.id(s));
      } else {
        addBytes(bytes, merger.start(s), merger.end(s), ids);
      }
    }
  }

  private static int characterBytes(byte lead) {
    int bits = lead & 0xff;
    if (bits < 0xc0) {
      return 1;
    }
    return bits < 0xe0 ? 2 : bits < 0xf0 ? 3 : 4;
  }

  private long merged(byte[] bytes, Merger symbols, int left, int right) {
    int id = index.find(bytes, symbols.start(left), symbols.end(right));
    return id < 0 ? Merger.Pairs.NONE : (long) ranks[id] << 32 | id;
  }

  private void addBytes(byte[] bytes, int from, int to, IdBuffer ids) {
    for (int i = from; i < to; i++) {
      if (byteIds[bytes[i] & 0xff] < 0) {
        unknown.ifPresent(ids::add);
        return;
      }
    }
    for (int i = from; i < to; i++) {
      ids.add(byteIds[bytes[i] & 0xff]);
    }
  }

  @Override
  public String decode(TokenIds ids) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < ids.size(); i++) {
      bytes.writeBytes(vocabulary.sharedPiece(ids.at(i)));
    }
    String text = bytes.toString(StandardCharsets.UTF_8);
    return addsSpace && text.startsWith(" ") ? text.substring(1) : text;
  }
}
