package dev.palimpsest.engine.token;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Byte-level BPE (Sennrich et al., 2016; Radford et al., 2019): the text is cut by a {@link
 * PreTokenizer}, and in each piece bytes are merged in the order of the merge list. A byte for
 * which the vocabulary has no token becomes the unknown token, or nothing where there is none.
 */
public final class BytePairTokenizer implements Tokenizer {
  private final Vocabulary vocabulary;
  private final PreTokenizer cutter;
  private final PieceIndex index;
  private final MergeTable merges;
  private final SpecialCutter specials;

  /** Ids of the tokens of single bytes, or -1. */
  private final int[] byteIds = new int[256];

  private final OptionalInt unknown;

  /**
   * A tokenizer for a vocabulary written in {@link PieceCoding#BYTE_LEVEL}.
   *
   * @param merges pairs of pieces with a space between, the first to be merged first
   * @throws IllegalArgumentException if a merge has a part or a result that is no token
   */
  public BytePairTokenizer(Vocabulary vocabulary, PreTokenizer cutter, List<String> merges) {
    this.vocabulary = vocabulary;
    this.cutter = cutter;
    this.index = new PieceIndex(vocabulary);
    this.merges = new MergeTable(merges, index, withheld(vocabulary));
    this.specials = SpecialCutter.of(vocabulary);
    this.unknown = vocabulary.role(TokenRole.UNKNOWN);
    Arrays.setAll(byteIds, b -> index.find(new byte[] {(byte) b}));
  }

  private static Set<String> withheld(Vocabulary vocabulary) {
    Set<String> texts = new HashSet<>();
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.type(id) != TokenType.NORMAL) {
        texts.add(vocabulary.token(id).text());
      }
    }
    return texts;
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
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int byteFrom = 0;
    for (int from = 0; from < text.length(); ) {
      int to = cutter.end(text, from);
      int byteTo = byteFrom + utf8Bytes(text, from, to);
      encodePiece(bytes, byteFrom, byteTo, merger, ids);
      from = to;
      byteFrom = byteTo;
    }
  }

  private static int utf8Bytes(String text, int from, int to) {
    int bytes = 0;
    for (int i = from; i < to; ) {
      int letter = text.codePointAt(i);
      bytes += PlainText.utf8Bytes(letter);
      i += Character.charCount(letter);
    }
    return bytes;
  }

  private void encodePiece(byte[] bytes, int from, int to, Merger merger, IdBuffer ids) {
    int whole = cutter.prefersWholePieces() ? index.find(bytes, from, to) : -1;
    if (whole >= 0) {
      ids.add(whole);
      return;
    }
    merger.clear();
    for (int i = from; i < to; i++) {
      merger.add(i, byteIds[bytes[i] & 0xff]);
    }
    merger.merge(to, this::merged);
    for (int s = merger.first(); s < merger.count(); s = merger.after(s)) {
      if (merger.id(s) >= 0) {
        ids.add(merger.id(s));
      } else {
        unknown.ifPresent(ids::add);
      }
    }
  }

  private long merged(Merger symbols, int left, int right) {
    return merges.merged(symbols.id(left), symbols.id(right));
  }

  @Override
  public String decode(TokenIds ids) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < ids.size(); i++) {
      bytes.writeBytes(vocabulary.sharedPiece(ids.at(i)));
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
