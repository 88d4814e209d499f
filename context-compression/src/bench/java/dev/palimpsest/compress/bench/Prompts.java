package dev.palimpsest.compress.bench;

import dev.palimpsest.engine.token.TokenIds;
import dev.palimpsest.engine.token.Tokenizer;

/** How memories and questions are put before a model: in the reader's form, or in plain words. */
final class Prompts {
  private final Tokenizer tokenizer;
  private final boolean isChat;

  Prompts(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    this.isChat = tokenizer.encode("<|im_start|>", Tokenizer.Special.PARSE).size() == 1;
  }

  /** The memories, up to the last line. */
  TokenIds memories(Memories.Text text) {
    String lines = String.join("\n", text.lines());
    return tokenizer.encodePrompt((isChat ? "<|im_start|>memory\n" : "Notes:\n") + lines);
  }

  /** What follows the memories: a question, and its answer. */
  Lab.Ask ask(TokenIds tail, Memories.Question question) {
    String asked =
        isChat ? question(question.text()) : "\n\nQuestion: " + question.text() + "\nAnswer:";
    String answer = " " + question.answer() + (isChat ? "<|im_end|>" : "\n");
    TokenIds before = tail.concat(tokenizer.encode(asked, Tokenizer.Special.PARSE));
    TokenIds whole = before.concat(tokenizer.encode(answer, Tokenizer.Special.PARSE));
    return new Lab.Ask(whole, before.size());
  }

  /** Has a piece of the memories said again. */
  Lab.Ask repeat(TokenIds tail, TokenIds piece) {
    String asked =
        isChat ? question("Repeat it word for word.") : "\n\nThe same notes, word for word:\n";
    TokenIds before = tail.concat(tokenizer.encode(asked, Tokenizer.Special.PARSE));
    return new Lab.Ask(before.concat(piece), before.size() + piece.size());
  }

  private static String question(String words) {
    return """
    <|im_end|>
    <|im_start|>user
    %s<|im_end|>
    <|im_start|>assistant
    """
        .formatted(words);
  }
}
