package dev.palimpsest.engine.embed;

import dev.palimpsest.engine.token.TokenIds;
import dev.palimpsest.engine.token.TokenType;
import dev.palimpsest.engine.token.Tokenizer;
import dev.palimpsest.engine.token.Tokenizer.Special;
import dev.palimpsest.engine.token.Vocabulary;
import java.util.ArrayList;
import java.util.List;

/**
 * Query and document as one prompt. They are tokenized together with the words around them, as the
 * model saw it in training; so what is cut of them is cut as text, and their marks are taken apart
 * letter by letter before.
 */
final class PromptPairs {
  private final Tokenizer tokenizer;
  private final RerankPrompt prompt;
  private final int tokensMax;
  private final List<String> marks;
  private final int promptTokens;

  PromptPairs(Tokenizer tokenizer, RerankPrompt prompt, int tokensMax) {
    this.tokenizer = tokenizer;
    this.prompt = prompt;
    this.tokensMax = tokensMax;
    this.marks = marks(tokenizer.vocabulary());
    this.promptTokens = tokenizer.encodePrompt(prompt.with("", "")).size();
    if (tokensMax < 2 * promptTokens) {
      throw new IllegalArgumentException(
          "the prompt alone has " + promptTokens + " tokens, the context " + tokensMax);
    }
  }

  private static List<String> marks(Vocabulary vocabulary) {
    List<String> marks = new ArrayList<>();
    for (int id = 0; id < vocabulary.size(); id++) {
      TokenType type = vocabulary.type(id);
      if (type == TokenType.CONTROL || type == TokenType.UNKNOWN) {
        marks.add(vocabulary.token(id).text());
      }
    }
    marks.removeIf(String::isEmpty);
    return marks;
  }

  /** At most half of the room is the query's. */
  MarkedText of(String query, String document) {
    Cut first = cut(harmless(query), (tokensMax - promptTokens) / 2);
    String plain = harmless(document);
    int whole = tokenizer.encode(plain, Special.TEXT).size();
    int room = tokensMax - tokenizer.encodePrompt(prompt.with(first.text(), "")).size();
    Cut second = cut(plain, Math.max(0, room));
    TokenIds ids = tokenizer.encodePrompt(prompt.with(first.text(), second.text()));
    for (int tokens = room; ids.size() > tokensMax && tokens > 0; ) {
      // Where pieces meet other tokens may arise, so that some more must go.
      tokens = Math.max(0, Math.min(tokens, whole) - (ids.size() - tokensMax));
      second = cut(plain, tokens);
      ids = tokenizer.encodePrompt(prompt.with(first.text(), second.text()));
    }
    if (ids.size() > tokensMax) {
      throw new IllegalStateException(ids.size() + " tokens of a query without a document");
    }
    return MarkedText.of(ids, first.cutTokens() + second.cutTokens());
  }

  /** A text's beginning and how many tokens are not in it. */
  private record Cut(String text, int cutTokens) {}

  private Cut cut(String text, int tokens) {
    TokenIds ids = tokenizer.encode(text, Special.TEXT);
    if (ids.size() <= tokens) {
      return new Cut(text, 0);
    }
    String kept = tokenizer.decode(ids.slice(0, tokens));
    int end = kept.length();
    while (end > 0 && kept.charAt(end - 1) == '\ufffd') {
      end--;
    }
    return new Cut(kept.substring(0, end), ids.size() - tokens);
  }

  private String harmless(String text) {
    String safe = text;
    boolean hasMark = true;
    while (hasMark) {
      hasMark = false;
      for (String mark : marks) {
        if (safe.contains(mark)) {
          int first = mark.offsetByCodePoints(0, 1);
          String apart = mark.substring(0, first) + " " + mark.substring(first);
          safe = safe.replace(mark, apart.contains(mark) ? " " : apart);
          hasMark = true;
        }
      }
    }
    return safe;
  }
}
