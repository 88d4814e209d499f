package dev.palimpsest.engine.model;

import dev.palimpsest.engine.format.Metadata;
import dev.palimpsest.engine.format.ModelFormatException;
import dev.palimpsest.engine.token.BytePairTokenizer;
import dev.palimpsest.engine.token.PieceCoding;
import dev.palimpsest.engine.token.PreTokenizer;
import dev.palimpsest.engine.token.SentencePieceTokenizer;
import dev.palimpsest.engine.token.Token;
import dev.palimpsest.engine.token.TokenRole;
import dev.palimpsest.engine.token.TokenType;
import dev.palimpsest.engine.token.Tokenizer;
import dev.palimpsest.engine.token.Vocabulary;
import dev.palimpsest.engine.token.WordPieceTokenizer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Makes the tokenizer that a model file describes under {@code tokenizer.ggml.*}. */
public final class Tokenizers {
  private static final String MODEL = "tokenizer.ggml.model";
  private static final String PRE = "tokenizer.ggml.pre";
  private static final String TOKENS = "tokenizer.ggml.tokens";
  private static final String SCORES = "tokenizer.ggml.scores";
  private static final String TYPES = "tokenizer.ggml.token_type";
  private static final String MERGES = "tokenizer.ggml.merges";
  private static final String ADD_BOS = "tokenizer.ggml.add_bos_token";
  private static final String ADD_EOS = "tokenizer.ggml.add_eos_token";
  private static final String ADD_SPACE = "tokenizer.ggml.add_space_prefix";

  private static final Map<TokenRole, String> ROLE_KEYS =
      Map.of(
          TokenRole.BOS, "tokenizer.ggml.bos_token_id",
          TokenRole.EOS, "tokenizer.ggml.eos_token_id",
          TokenRole.EOT, "tokenizer.ggml.eot_token_id",
          TokenRole.EOM, "tokenizer.ggml.eom_token_id",
          TokenRole.UNKNOWN, "tokenizer.ggml.unknown_token_id",
          TokenRole.PADDING, "tokenizer.ggml.padding_token_id");

  /** What BERT calls the marks around a text; the second word is misspelt in the format. */
  private static final Map<TokenRole, String> BERT_ROLE_KEYS =
      Map.of(
          TokenRole.BOS, "tokenizer.ggml.cls_token_id",
          TokenRole.EOS, "tokenizer.ggml.seperator_token_id");

  private Tokenizers() {}

  /**
   * The tokenizer of a model: {@code llama} (SentencePiece-style), {@code gpt2} (byte-level BPE) or
   * {@code bert} (WordPiece). The result does not refer to the file.
   *
   * @throws ModelFormatException if the file has none, one of another kind, or a broken one
   */
  public static Tokenizer of(Metadata metadata) {
    String model = metadata.string(MODEL);
    return switch (model) {
      case "llama" -> sentencePiece(metadata);
      case "gpt2" -> bytePair(metadata);
      case "bert" -> wordPiece(metadata);
      default -> throw metadata.refuse(MODEL, "llama, gpt2 or bert expected, not " + model);
    };
  }

  private static Tokenizer sentencePiece(Metadata metadata) {
    Vocabulary vocabulary = vocabulary(metadata, PieceCoding.SENTENCE_PIECE);
    try {
      return new SentencePieceTokenizer(vocabulary, metadata.flagOr(ADD_SPACE, true));
    } catch (IllegalArgumentException e) {
      throw refuse(metadata, TOKENS, e);
    }
  }

  private static Tokenizer bytePair(Metadata metadata) {
    String pre = metadata.string(PRE);
    PreTokenizer cutter =
        PreTokenizer.named(pre)
            .orElseThrow(() -> metadata.refuse(PRE, pre + " is not known to this engine"));
    Vocabulary vocabulary = vocabulary(metadata, PieceCoding.BYTE_LEVEL);
    List<String> merges = metadata.strings(MERGES);
    try {
      return new BytePairTokenizer(vocabulary, cutter, merges);
    } catch (IllegalArgumentException e) {
      throw refuse(metadata, MERGES, e);
    }
  }

  /** A text of BERT always begins and ends with its marks, whatever else the file says. */
  private static Tokenizer wordPiece(Metadata metadata) {
    PieceCoding coding = PieceCoding.WORD_PIECE;
    List<Token> tokens = tokens(metadata, coding);
    Map<TokenRole, Integer> roles = roles(metadata, ROLE_KEYS, tokens.size());
    roles.putAll(roles(metadata, BERT_ROLE_KEYS, tokens.size()));
    Integer unknown = roles.get(TokenRole.UNKNOWN);
    if (unknown != null) {
      tokens.set(unknown, new Token(tokens.get(unknown).text(), TokenType.UNKNOWN, 0));
    }
    try {
      return new WordPieceTokenizer(new Vocabulary(tokens, coding, roles, true, true));
    } catch (IllegalArgumentException e) {
      throw refuse(metadata, TOKENS, e);
    }
  }

  private static Vocabulary vocabulary(Metadata metadata, PieceCoding coding) {
    List<Token> tokens = tokens(metadata, coding);
    Map<TokenRole, Integer> roles = roles(metadata, ROLE_KEYS, tokens.size());
    boolean addsBos = metadata.flagOr(ADD_BOS, coding == PieceCoding.SENTENCE_PIECE);
    boolean addsEos = metadata.flagOr(ADD_EOS, false);
    try {
      return new Vocabulary(tokens, coding, roles, addsBos, addsEos);
    } catch (IllegalArgumentException e) {
      throw refuse(metadata, TOKENS, e);
    }
  }

  private static List<Token> tokens(Metadata metadata, PieceCoding coding) {
    List<String> texts = metadata.strings(TOKENS);
    float[] scores = scores(metadata, coding, texts.size());
    long[] types = types(metadata, texts.size());
    List<Token> tokens = new ArrayList<>(texts.size());
    for (int id = 0; id < texts.size(); id++) {
      tokens.add(new Token(texts.get(id), type(metadata, types[id], id), scores[id]));
    }
    return tokens;
  }

  /** Only SentencePiece has scores; where other files give some they are not read. */
  private static float[] scores(Metadata metadata, PieceCoding coding, int size) {
    if (coding != PieceCoding.SENTENCE_PIECE) {
      return new float[size];
    }
    float[] scores = metadata.reals(SCORES);
    checkLength(metadata, SCORES, scores.length, size);
    for (int id = 0; id < size; id++) {
      if (Float.isNaN(scores[id])) {
        throw metadata.refuse(SCORES, "the score of token " + id + " is no number");
      }
    }
    return scores;
  }

  private static long[] types(Metadata metadata, int size) {
    if (!metadata.has(TYPES)) {
      return new long[size];
    }
    long[] types = metadata.numbers(TYPES);
    checkLength(metadata, TYPES, types.length, size);
    return types;
  }

  private static TokenType type(Metadata metadata, long number, int id) {
    return TokenType.of(number)
        .orElseThrow(
            () -> metadata.refuse(TYPES, "token " + id + " has the unknown type " + number));
  }

  private static void checkLength(Metadata metadata, String key, int length, int size) {
    if (length != size) {
      throw metadata.refuse(key, "has " + length + " entries for " + size + " tokens");
    }
  }

  private static Map<TokenRole, Integer> roles(
      Metadata metadata, Map<TokenRole, String> keys, int size) {
    Map<TokenRole, Integer> roles = new EnumMap<>(TokenRole.class);
    keys.forEach((role, key) -> {
      if (!metadata.has(key)) {
        return;
      }
      long id = metadata.number(key);
      if (id < 0 || id >= size) {
        throw metadata.refuse(key, "is token " + id + ", the vocabulary has " + size);
      }
      roles.put(role, (int) id);
    });
    return roles;
  }

  private static ModelFormatException refuse(
      Metadata metadata, String key, IllegalArgumentException cause) {
    return metadata.refuse(key, String.valueOf(cause.getMessage()), cause);
  }
}
