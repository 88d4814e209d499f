package dev.palimpsest.memory.importing;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The words of a piece of HTML, in one pass: tags go, what stands in scripts and styles goes with
 * them, blocks begin on a line of their own. Nothing of it is run or fetched, and every text is
 * HTML enough. Used by one thread, once.
 */
final class HtmlText {
  private static final Set<String> UNSEEN =
      Set.of("script", "style", "head", "title", "template", "noscript", "iframe", "object", "svg");
  private static final Set<String> BLOCKS =
      Set.of(
          "address",
          "article",
          "aside",
          "blockquote",
          "br",
          "dd",
          "div",
          "dl",
          "dt",
          "figure",
          "footer",
          "h1",
          "h2",
          "h3",
          "h4",
          "h5",
          "h6",
          "header",
          "hr",
          "li",
          "main",
          "nav",
          "ol",
          "p",
          "pre",
          "section",
          "table",
          "tbody",
          "thead",
          "tr",
          "ul");
  private static final Set<String> CELLS = Set.of("td", "th");
  private static final Map<String, String> NAMED =
      Map.ofEntries(
          Map.entry("amp", "&"),
          Map.entry("lt", "<"),
          Map.entry("gt", ">"),
          Map.entry("quot", "\""),
          Map.entry("apos", "'"),
          Map.entry("nbsp", " "),
          Map.entry("ndash", "\u2013"),
          Map.entry("mdash", "\u2014"),
          Map.entry("lsquo", "\u2018"),
          Map.entry("rsquo", "\u2019"),
          Map.entry("ldquo", "\u201C"),
          Map.entry("rdquo", "\u201D"),
          Map.entry("hellip", "\u2026"),
          Map.entry("bull", "\u2022"),
          Map.entry("middot", "\u00B7"),
          Map.entry("deg", "\u00B0"),
          Map.entry("times", "\u00D7"),
          Map.entry("euro", "\u20AC"));
  private static final int ENTITY_CHARACTERS_MAX = 10;

  private final String html;
  private final StringBuilder out = new StringBuilder();
  private int at;
  private int verbatim;
  private boolean isBlankDue;

  private HtmlText(String html) {
    this.html = html;
  }

  /** The words, without blank space around them. */
  static String of(String html) {
    return new HtmlText(html).read();
  }

  private String read() {
    while (at < html.length()) {
      char c = html.charAt(at);
      if (c == '<' && isTag()) {
        tag();
      } else if (c == '&') {
        entity();
      } else {
        add(c);
        at++;
      }
    }
    return out.toString().strip();
  }

  /** A tag, an end tag, a comment or a declaration; else it is less than something. */
  private boolean isTag() {
    char next = at + 1 < html.length() ? html.charAt(at + 1) : ' ';
    return Character.isLetter(next) || next == '/' || next == '!' || next == '?';
  }

  private void tag() {
    if (html.startsWith("<!--", at)) {
      at = after("-->", at + 4);
      return;
    }
    boolean isEnd = html.charAt(at + 1) == '/';
    int from = at + (isEnd ? 2 : 1);
    int to = from;
    while (to < html.length() && Character.isLetterOrDigit(html.charAt(to))) {
      to++;
    }
    String name = html.substring(from, to).toLowerCase(Locale.ROOT);
    at = endOfTag(to);
    if (UNSEEN.contains(name)) {
      at = isEnd ? at : afterUnseen(name);
    } else if (BLOCKS.contains(name)) {
      line();
      boolean isPre = name.equals("pre");
      verbatim = isPre ? Math.max(0, verbatim + (isEnd ? -1 : 1)) : verbatim;
    } else if (CELLS.contains(name)) {
      isBlankDue = true;
    }
  }

  /** A tag ends at the first bracket that is not quoted. */
  private int endOfTag(int from) {
    char quote = 0;
    for (int i = from; i < html.length(); i++) {
      char c = html.charAt(i);
      if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '>') {
        return i + 1;
      }
    }
    return html.length();
  }

  private int afterUnseen(String name) {
    int end = html.indexOf("</", at);
    while (end >= 0 && !html.regionMatches(true, end + 2, name, 0, name.length())) {
      end = html.indexOf("</", end + 2);
    }
    return end < 0 ? html.length() : endOfTag(end + 2);
  }

  private int after(String mark, int from) {
    int found = html.indexOf(mark, from);
    return found < 0 ? html.length() : found + mark.length();
  }

  private void entity() {
    int end = html.indexOf(';', at, Math.min(html.length(), at + ENTITY_CHARACTERS_MAX));
    String meant = end < 0 ? null : meant(html.substring(at + 1, end));
    if (meant == null) {
      add('&');
      at++;
      return;
    }
    for (int i = 0; i < meant.length(); i++) {
      add(meant.charAt(i));
    }
    at = end + 1;
  }

  private static @Nullable String meant(String name) {
    if (!name.startsWith("#")) {
      return NAMED.get(name);
    }
    boolean isHex = name.startsWith("#x") || name.startsWith("#X");
    try {
      int code = Integer.parseInt(name.substring(isHex ? 2 : 1), isHex ? 16 : 10);
      return Character.isValidCodePoint(code) ? Character.toString(code) : "\uFFFD";
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private void add(char c) {
    if (verbatim == 0 && Character.isWhitespace(c)) {
      isBlankDue = true;
      return;
    }
    if (isBlankDue && !isAtLineStart()) {
      out.append(' ');
    }
    isBlankDue = false;
    out.append(c);
  }

  private void line() {
    isBlankDue = false;
    if (!isAtLineStart()) {
      out.append('\n');
    }
  }

  private boolean isAtLineStart() {
    return out.isEmpty() || out.charAt(out.length() - 1) == '\n';
  }
}
