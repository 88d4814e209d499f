package dev.palimpsest.runtime.bridge;

import dev.palimpsest.engine.token.TokenType;
import dev.palimpsest.engine.token.Vocabulary;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The words that are commands where a prompt is read. Those that a vocabulary says are (the marks
 * between messages, the end of a text) a tokenizer finds wherever they stand, whoever wrote them,
 * so no message may spell one. And the marks within a message, between which a template puts what
 * did not come from the speaker (answers of tools, calls, thoughts): some vocabularies know them as
 * pieces like others, and the people and the model may write them, but not what stands between
 * them. Immutable; safe for many threads.
 */
final class ControlTokens {
  private static final Set<TokenType> COMMANDS = EnumSet.of(TokenType.CONTROL, TokenType.UNKNOWN);

  private static final Pattern MARK = Pattern.compile("</?[A-Za-z0-9_|]+>");

  /** Marks that templates write whether or not the vocabulary has a token for them. */
  private static final List<String> WRITTEN =
      List.of(
          ToolFormat.OPEN,
          ToolFormat.CLOSE,
          "<tool_response>",
          "</tool_response>",
          "<tools>",
          "</tools>");

  /** By their first letters. */
  private final Map<Character, List<String>> commands = new HashMap<>();

  /** Commands and marks, by their first letters. */
  private final Map<Character, List<String>> all = new HashMap<>();

  ControlTokens(Vocabulary vocabulary) {
    for (int id = 0; id < vocabulary.size(); id++) {
      String text = vocabulary.token(id).text();
      TokenType type = vocabulary.type(id);
      if (COMMANDS.contains(type) && !text.isEmpty()) {
        add(commands, text);
        add(all, text);
      } else if (type == TokenType.USER_DEFINED && MARK.matcher(text).matches()) {
        add(all, text);
      }
    }
    WRITTEN.forEach(mark -> add(all, mark));
  }

  private static void add(Map<Character, List<String>> words, String text) {
    words.computeIfAbsent(text.charAt(0), letter -> new ArrayList<>()).add(text);
  }

  /** The text with the first letter of every command in it replaced; as long as before. */
  String harmless(String text) {
    return harmless(text, commands);
  }

  /** The same for a text that stands between marks: those are replaced too. */
  String enclosed(String text) {
    return harmless(text, all);
  }

  private static String harmless(String text, Map<Character, List<String>> words) {
    StringBuilder safe = new StringBuilder(text);
    for (int i = 0; i < safe.length(); i++) {
      int at = i;
      if (words.getOrDefault(text.charAt(i), List.of()).stream()
          .anyMatch(word -> text.startsWith(word, at))) {
        safe.setCharAt(i, likeness(text.charAt(i)));
      }
    }
    return safe.toString();
  }

  /** A letter that reads the same to a person and begins no command. */
  private static char likeness(char first) {
    return switch (first) {
      case '<' -> '\u2039';
      case '[' -> '\u2045';
      case '{' -> '\u2774';
      default -> '\u00B7';
    };
  }
}
