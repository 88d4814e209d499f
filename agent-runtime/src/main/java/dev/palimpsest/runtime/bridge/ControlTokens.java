package dev.palimpsest.runtime.bridge;

import dev.palimpsest.engine.token.TokenType;
import dev.palimpsest.engine.token.Vocabulary;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The words of a vocabulary that are commands where a prompt is read: the marks between messages,
 * the end of a text. A tokenizer finds them wherever they stand in a prompt, whoever wrote them, so
 * a text from outside must not spell one. Immutable; safe for many threads.
 */
final class ControlTokens {
  private static final Set<TokenType> COMMANDS = EnumSet.of(TokenType.CONTROL, TokenType.UNKNOWN);

  /** Longest first, by their first letters. */
  private final Map<Character, List<String>> commands = new HashMap<>();

  ControlTokens(Vocabulary vocabulary) {
    for (int id = 0; id < vocabulary.size(); id++) {
      String text = vocabulary.token(id).text();
      if (COMMANDS.contains(vocabulary.type(id)) && !text.isEmpty()) {
        commands.computeIfAbsent(text.charAt(0), letter -> new ArrayList<>()).add(text);
      }
    }
    commands.values().forEach(c -> c.sort(Comparator.comparing(String::length).reversed()));
  }

  /** The text with the first letter of every command in it replaced; as long as before. */
  String harmless(String text) {
    StringBuilder safe = new StringBuilder(text);
    for (int i = 0; i < safe.length(); i++) {
      if (isCommandAt(text, i)) {
        safe.setCharAt(i, likeness(text.charAt(i)));
      }
    }
    return safe.toString();
  }

  private boolean isCommandAt(String text, int at) {
    return commands.getOrDefault(text.charAt(at), List.of()).stream()
        .anyMatch(command -> text.startsWith(command, at));
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
