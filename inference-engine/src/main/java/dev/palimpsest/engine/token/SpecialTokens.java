package dev.palimpsest.engine.token;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds tokens that are cut out of a text whole: the leftmost, and of those that begin there the
 * longest. USER_DEFINED tokens are always cut out; CONTROL and UNKNOWN only where a text is parsed.
 */
final class SpecialTokens {
  private static final Set<TokenType> ALWAYS = Set.of(TokenType.USER_DEFINED);
  private static final Set<TokenType> PARSED =
      Set.of(TokenType.USER_DEFINED, TokenType.CONTROL, TokenType.UNKNOWN);

  /** A token found from {@code start} up to {@code end} of a text. */
  private record Match(int start, int end, int id) {}

  private static final class Node {
    final Map<Character, Node> children = new HashMap<>();
    int id = -1;
  }

  private final Node root = new Node();
  private final BitSet firstLetters = new BitSet();

  private SpecialTokens(Vocabulary vocabulary, Set<TokenType> types) {
    for (int id = 0; id < vocabulary.size(); id++) {
      if (types.contains(vocabulary.type(id)) && !vocabulary.token(id).text().isEmpty()) {
        add(vocabulary.token(id).text(), id);
      }
    }
  }

  static SpecialTokens of(Vocabulary vocabulary, Tokenizer.Special special) {
    return switch (special) {
      case TEXT -> new SpecialTokens(vocabulary, ALWAYS);
      case PARSE -> new SpecialTokens(vocabulary, PARSED);
    };
  }

  private void add(String text, int id) {
    firstLetters.set(text.charAt(0));
    Node node = root;
    for (int i = 0; i < text.length(); i++) {
      node = node.children.computeIfAbsent(text.charAt(i), letter -> new Node());
    }
    if (node.id < 0) {
      node.id = id;
    }
  }

  /** Adds the ids of all matches in a text and has what lies between them encoded. */
  void encode(String text, IdBuffer ids, Consumer<String> between) {
    int at = 0;
    while (at < text.length()) {
      Match match = next(text, at);
      int end = match == null ? text.length() : match.start();
      if (end > at) {
        between.accept(text.substring(at, end));
      }
      if (match != null) {
        ids.add(match.id());
        end = match.end();
      }
      at = end;
    }
  }

  /** The first match that begins at {@code from} or later, null where there is none. */
  private @Nullable Match next(String text, int from) {
    for (int start = from; start < text.length(); start++) {
      if (firstLetters.get(text.charAt(start))) {
        Match match = longestAt(text, start);
        if (match != null) {
          return match;
        }
      }
    }
    return null;
  }

  private @Nullable Match longestAt(String text, int start) {
    Match longest = null;
    Node node = root.children.get(text.charAt(start));
    for (int end = start + 1; node != null; end++) {
      if (node.id >= 0) {
        longest = new Match(start, end, node.id);
      }
      node = end < text.length() ? node.children.get(text.charAt(end)) : null;
    }
    return longest;
  }
}
