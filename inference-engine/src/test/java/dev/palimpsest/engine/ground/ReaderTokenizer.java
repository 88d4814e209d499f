package dev.palimpsest.engine.ground;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.palimpsest.engine.token.BytePairTokenizer;
import dev.palimpsest.engine.token.PieceCoding;
import dev.palimpsest.engine.token.PreTokenizer;
import dev.palimpsest.engine.token.Token;
import dev.palimpsest.engine.token.TokenRole;
import dev.palimpsest.engine.token.TokenType;
import dev.palimpsest.engine.token.Tokenizer;
import dev.palimpsest.engine.token.Vocabulary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The tokenizer of the bundled model, from the file that its training reads. */
final class ReaderTokenizer {
  /** The token that ends an answer. */
  static final int END = 2;

  private ReaderTokenizer() {}

  static Tokenizer load() {
    List<Token> tokens = new ArrayList<>();
    List<String> merges = new ArrayList<>();
    try {
      JsonNode file =
          new ObjectMapper().readTree(Path.of("training/reader/tokenizer.json").toFile());
      file.get("specials").forEach(name -> tokens.add(token(name.asText(), TokenType.CONTROL)));
      int next = 0x100;
      for (int b = 0; b < 256; b++) {
        boolean printable = (b >= '!' && b <= '~') || (b >= 0xa1 && b <= 0xac) || b >= 0xae;
        tokens.add(token(String.valueOf((char) (printable ? b : next++)), TokenType.NORMAL));
      }
      for (JsonNode merge : file.get("merges")) {
        merges.add(merge.asText());
        tokens.add(token(merge.asText().replace(" ", ""), TokenType.NORMAL));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Vocabulary vocabulary =
        new Vocabulary(tokens, PieceCoding.BYTE_LEVEL, Map.of(TokenRole.EOS, END), false, false);
    return new BytePairTokenizer(vocabulary, PreTokenizer.QWEN2, merges);
  }

  private static Token token(String text, TokenType type) {
    return new Token(text, type, 0);
  }
}
