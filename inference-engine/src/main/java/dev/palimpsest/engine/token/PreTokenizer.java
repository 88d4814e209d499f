package dev.palimpsest.engine.token;

import java.util.Optional;

/**
 * How byte-level BPE cuts a text before merging: no merge crosses a cut. Each is the hand-written
 * form of the regular expression its vocabulary was made with; letters are {@code \p{L}}, numbers
 * {@code \p{N}}, spaces the Unicode property White_Space. Cutting is linear in the text.
 */
public enum PreTokenizer {
  /** {@code 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+}. */
  GPT2(Integer.MAX_VALUE),

  /** Every number by itself, and GPT2 between them. */
  STARCODER(1),

  /**
   * {@code (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
   * ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+}.
   */
  LLAMA3(3),

  /** LLAMA3 with {@code \p{N}} in place of {@code \p{N}{1,3}}. */
  QWEN2(1),

  /** QWEN2 with {@code [\p{L}\p{M}]} in place of {@code \p{L}}, but not in what may lead. */
  QWEN35(1);

  private final int numbersMax;

  PreTokenizer(int numbersMax) {
    this.numbersMax = numbersMax;
  }

  /** The one that model files call by this name, empty where it is not known here. */
  public static Optional<PreTokenizer> named(String name) {
    return switch (name) {
      case "gpt-2", "mpt" -> Optional.of(GPT2);
      case "starcoder", "refact", "smollm" -> Optional.of(STARCODER);
      case "llama-bpe", "llama3", "llama-v3" -> Optional.of(LLAMA3);
      case "qwen2", "deepseek-r1-qwen" -> Optional.of(QWEN2);
      case "qwen35" -> Optional.of(QWEN35);
      default -> Optional.empty();
    };
  }

  /** Whether a cut piece that is a token becomes that token, whatever the merges say. */
  boolean prefersWholePieces() {
    return this == LLAMA3;
  }

  /** The end of the piece that begins at {@code from}, which is inside the text. */
  int end(String text, int from) {
    int end = contraction(text, from);
    if (end == from) {
      end = letters(text, from);
    }
    if (end == from) {
      end = numbers(text, from);
    }
    if (end == from) {
      end = symbols(text, from);
    }
    return end == from ? spaces(text, from) : end;
  }

  private boolean isModern() {
    return this == LLAMA3 || this == QWEN2 || this == QWEN35;
  }

  private int contraction(String text, int from) {
    if (text.charAt(from) != '\'' || from + 1 == text.length()) {
      return from;
    }
    char first = folded(text, from + 1);
    if (first == 's' || first == 't' || first == 'm' || first == 'd') {
      return from + 2;
    }
    char second = from + 2 == text.length() ? 0 : folded(text, from + 2);
    boolean two = first == 'l' ? second == 'l' : (first == 'r' || first == 'v') && second == 'e';
    return two ? from + 3 : from;
  }

  private char folded(String text, int at) {
    char letter = text.charAt(at);
    return isModern() && letter >= 'A' && letter <= 'Z' ? (char) (letter + 32) : letter;
  }

  private int letters(String text, int from) {
    int first = text.codePointAt(from);
    int at = from;
    if (!isOfWord(first)) {
      boolean leads =
          isModern() ? first != '\r' && first != '\n' && !isNumber(first) : first == ' ';
      if (!leads) {
        return from;
      }
      at += Character.charCount(first);
      if (at == text.length() || !isOfWord(text.codePointAt(at))) {
        return from;
      }
    }
    while (at < text.length() && isOfWord(text.codePointAt(at))) {
      at += Character.charCount(text.codePointAt(at));
    }
    return at;
  }

  private int numbers(String text, int from) {
    int at = this == GPT2 && text.charAt(from) == ' ' ? from + 1 : from;
    int start = at;
    for (int n = 0; n < numbersMax && at < text.length(); n++) {
      int letter = text.codePointAt(at);
      if (!isNumber(letter)) {
        break;
      }
      at += Character.charCount(letter);
    }
    return at == start ? from : at;
  }

  private int symbols(String text, int from) {
    int at = text.charAt(from) == ' ' ? from + 1 : from;
    int start = at;
    while (at < text.length() && isSymbol(text.codePointAt(at))) {
      at += Character.charCount(text.codePointAt(at));
    }
    if (at == start) {
      return from;
    }
    while (isModern() && at < text.length() && isLineEnd(text.charAt(at))) {
      at++;
    }
    return at;
  }

  /** What is left are spaces, none of them outside the first 65,536 characters of Unicode. */
  private int spaces(String text, int from) {
    int at = from;
    int afterLineEnd = from;
    while (at < text.length() && isSpace(text.charAt(at))) {
      at++;
      if (isLineEnd(text.charAt(at - 1))) {
        afterLineEnd = at;
      }
    }
    if (isModern() && afterLineEnd > from) {
      return afterLineEnd;
    }
    // The last space goes to what follows, if something follows and it is not the only one.
    boolean ends = at == text.length() || (this == STARCODER && isNumber(text.codePointAt(at)));
    return ends || at == from + 1 ? at : at - 1;
  }

  private static boolean isLineEnd(char letter) {
    return letter == '\r' || letter == '\n';
  }

  private static boolean isNumber(int codePoint) {
    int type = Character.getType(codePoint);
    return type == Character.DECIMAL_DIGIT_NUMBER
        || type == Character.LETTER_NUMBER
        || type == Character.OTHER_NUMBER;
  }

  private boolean isOfWord(int codePoint) {
    return Character.isLetter(codePoint) || (this == QWEN35 && isMark(codePoint));
  }

  private static boolean isMark(int codePoint) {
    int type = Character.getType(codePoint);
    return type == Character.NON_SPACING_MARK
        || type == Character.COMBINING_SPACING_MARK
        || type == Character.ENCLOSING_MARK;
  }

  private boolean isSymbol(int codePoint) {
    return !isSpace(codePoint) && !isOfWord(codePoint) && !isNumber(codePoint);
  }

  /** The property White_Space, which none of Java's predicates is. */
  private static boolean isSpace(int codePoint) {
    return switch (codePoint) {
      case ' ', '\t', '\n', 0x0b, '\f', '\r', 0x85, 0xa0, 0x1680 -> true;
      case 0x2028, 0x2029, 0x202f, 0x205f, 0x3000 -> true;
      default -> codePoint >= 0x2000 && codePoint <= 0x200a;
    };
  }
}
