package dev.palimpsest.engine.token;

import java.util.Optional;

/** What a token stands for; the order is that of the numbers in model files (0 to 6). */
public enum TokenType {
  /** Not said; treated as NORMAL. */
  UNDEFINED,
  /** A piece of ordinary text. */
  NORMAL,
  /** Stands for text that has no token; its piece is empty. */
  UNKNOWN,
  /** Steers the model, such as the begin of a text; its piece is empty. */
  CONTROL,
  /** A piece that is cut out of the text whole, before anything else. */
  USER_DEFINED,
  /** In the table, never produced. */
  UNUSED,
  /** One byte, for text without a token of its own. */
  BYTE;

  private static final TokenType[] BY_NUMBER = values();

  /** The type with this number, empty where there is none. */
  public static Optional<TokenType> of(long number) {
    return number >= 0 && number < BY_NUMBER.length
        ? Optional.of(BY_NUMBER[(int) number])
        : Optional.empty();
  }
}
