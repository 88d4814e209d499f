package dev.palimpsest.engine.token;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** The tokens of a model: ids from 0 on, their bytes, their parts. Immutable, for any thread. */
public final class Vocabulary {
  /** The most tokens; the largest known vocabularies have a quarter of it. */
  public static final int TOKENS_MAX = 1 << 20;

  /**
   * Tokens that end a generation, whatever type and part a file gives them: files are careless with
   * these, and a model that is not stopped talks on for both sides. They count as CONTROL.
   */
  private static final Set<String> ENDING_TEXTS =
      Set.of(
          "<|eot_id|>",
          "<|eom_id|>",
          "<|im_end|>",
          "<|end|>",
          "<|endoftext|>",
          "<|end_of_text|>",
          "<end_of_turn>",
          "<|EOT|>",
          "</s>");

  /** Other tokens that count as CONTROL: marks of the parts of a program to be filled in. */
  private static final Set<String> CONTROL_TEXTS =
      Set.of(
          "<|fim_prefix|>",
          "<|fim_middle|>",
          "<|fim_suffix|>",
          "<|fim_pad|>",
          "<|repo_name|>",
          "<|file_sep|>");

  private final List<Token> tokens;
  private final List<byte[]> pieces;
  private final Map<TokenRole, Integer> roles;
  private final boolean addsBos;
  private final boolean addsEos;
  private final BitSet endings;

  /**
   * A vocabulary of these tokens, whose ids are their positions.
   *
   * @throws IllegalArgumentException if there are none or too many, or a role names none of them
   */
  public Vocabulary(
      List<Token> tokens,
      PieceCoding coding,
      Map<TokenRole, Integer> roles,
      boolean addsBos,
      boolean addsEos) {
    this.tokens = tokens.stream().map(Vocabulary::corrected).toList();
    if (tokens.isEmpty() || tokens.size() > TOKENS_MAX) {
      throw new IllegalArgumentException(
          "a vocabulary has 1 to " + TOKENS_MAX + " tokens, not " + tokens.size());
    }
    this.roles = Map.copyOf(roles);
    roles.forEach(this::checkRole);
    this.pieces = new ArrayList<>(tokens.size());
    for (Token token : this.tokens) {
      pieces.add(coding.bytes(token));
    }
    this.addsBos = addsBos && roles.containsKey(TokenRole.BOS);
    this.addsEos = addsEos && roles.containsKey(TokenRole.EOS);
    this.endings = endings();
  }

  private static Token corrected(Token token) {
    return ENDING_TEXTS.contains(token.text()) || CONTROL_TEXTS.contains(token.text())
        ? new Token(token.text(), TokenType.CONTROL, token.score())
        : token;
  }

  private void checkRole(TokenRole role, int id) {
    if (id < 0 || id >= tokens.size()) {
      throw new IllegalArgumentException(
          role + " is token " + id + ", the vocabulary has " + tokens.size());
    }
  }

  private BitSet endings() {
    BitSet ids = new BitSet();
    for (TokenRole role : List.of(TokenRole.EOS, TokenRole.EOT, TokenRole.EOM)) {
      role(role).ifPresent(ids::set);
    }
    for (int id = 0; id < tokens.size(); id++) {
      if (ENDING_TEXTS.contains(tokens.get(id).text())) {
        ids.set(id);
      }
    }
    return ids;
  }

  /** Number of tokens. */
  public int size() {
    return tokens.size();
  }

  /** The token as the vocabulary writes it. */
  public Token token(int id) {
    return tokens.get(id);
  }

  /** What the token stands for. */
  public TokenType type(int id) {
    return tokens.get(id).type();
  }

  /**
   * The bytes that the token adds to a text, a new array; none for CONTROL and, but in WordPiece,
   * for UNKNOWN, whose names stand in {@link Token#text}. The bytes of one token need not be whole
   * characters.
   */
  public byte[] piece(int id) {
    return pieces.get(id).clone();
  }

  /** The bytes of a token, not to be written to. */
  byte[] sharedPiece(int id) {
    return pieces.get(id);
  }

  /** The token that plays a part, empty where none does. */
  public OptionalInt role(TokenRole role) {
    Integer id = roles.get(role);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** The token that begins a text. */
  public OptionalInt bos() {
    return role(TokenRole.BOS);
  }

  /** The token that ends a text. */
  public OptionalInt eos() {
    return role(TokenRole.EOS);
  }

  /** Whether a prompt begins with {@link #bos}. */
  public boolean addsBos() {
    return addsBos;
  }

  /** Whether a prompt ends with {@link #eos}. */
  public boolean addsEos() {
    return addsEos;
  }

  /** Whether the model says with this token that it has finished. */
  public boolean isEndOfGeneration(int id) {
    return endings.get(id);
  }
}
