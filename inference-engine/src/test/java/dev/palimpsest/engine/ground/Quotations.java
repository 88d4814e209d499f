package dev.palimpsest.engine.ground;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads grounded answers by their text alone, with brute force: all spans of all sources are
 * listed, and all ways to put an output together are tried. Knows neither tokens nor the classes
 * under test.
 */
final class Quotations {
  static final String REFUSAL = " I have no memory of that.";
  private static final List<String> CONNECTORS = List.of(",", " and", ".", ";");
  private static final Pattern CHUNK = Pattern.compile("\\S+");
  private static final Pattern CORE =
      Pattern.compile("[\\p{L}\\p{N}\\p{Mn}](?:.*[\\p{L}\\p{N}\\p{Mn}])?");
  private static final String OPEN = ",;:([{<-–—/\\&+=#@*_|~^“„«‘";

  /** A span of the output and the first source that has it. */
  record Quote(int start, int end, int source) {}

  private record Cost(int pieces, int uncited, @Nullable Quote first, int next) {
    boolean isLessThan(Cost other) {
      return pieces != other.pieces ? pieces < other.pieces : uncited < other.uncited;
    }
  }

  /** Every span with the first source that has it; the question is the last source. */
  private final Map<String, Integer> spans = new LinkedHashMap<>();

  private final int cited;

  Quotations(List<Source> sources, String question) {
    cited = sources.size();
    for (int i = 0; i < cited; i++) {
      for (Source.Part part : sources.get(i).parts()) {
        list(sources.get(i).text().substring(part.start(), part.end()), i);
      }
    }
    list(question, cited);
  }

  private void list(String part, int source) {
    for (String line : part.split("[\\r\\n]", -1)) {
      List<Integer> starts = new ArrayList<>();
      List<Integer> ends = new ArrayList<>();
      Matcher chunk = CHUNK.matcher(line);
      while (chunk.find()) {
        listChunk(line, chunk.start(), chunk.end(), source, starts, ends);
      }
      for (int start : starts) {
        ends.stream()
            .filter(end -> end > start)
            .forEach(end -> spans.putIfAbsent(line.substring(start, end), source));
      }
    }
  }

  private void listChunk(
      String line, int start, int end, int source, List<Integer> starts, List<Integer> ends) {
    String text = line.substring(start, end);
    Matcher core = CORE.matcher(text);
    boolean isWord = core.find();
    if (isWord) {
      if (text.substring(0, core.start()).matches("[^(\\[{<\"'“„«‘]*")) {
        starts.add(start);
      }
      int coreEnd = start + core.end();
      if (core.group().matches(".+['’]s")) {
        ends.add(coreEnd - 2);
      }
      ends.add(coreEnd);
      if (core.start() > 0) {
        // Not after a space: the word stands alone.
        spans.putIfAbsent(core.group(), source);
        if (core.group().matches(".+['’]s")) {
          spans.putIfAbsent(core.group().substring(0, core.group().length() - 2), source);
        }
      }
    }
    boolean isOpen = OPEN.indexOf(text.charAt(text.length() - 1)) >= 0;
    if (!isOpen && !(isWord && core.end() == text.length())) {
      ends.add(end);
    }
  }

  /** Whether an output, or the beginning of one, is made as it may be. */
  boolean isGrounded(String output, boolean isCut) {
    if (output.equals(REFUSAL) || (isCut && isBeginning(output, REFUSAL))) {
      return true;
    }
    boolean[] open = new boolean[output.length() + 1];
    boolean[] whole = new boolean[output.length() + 1];
    open[0] = true;
    boolean isFine = false;
    for (int at = 0; at <= output.length(); at++) {
      isFine |= isCut && isBeginning(output.substring(at), open[at], whole[at]);
      if (open[at]) {
        for (String span : spans.keySet()) {
          mark(whole, output, at, " " + span);
        }
      }
      if (whole[at]) {
        isFine |= at == output.length() || output.substring(at).equals(".");
        for (String connector : CONNECTORS) {
          mark(open, output, at, connector);
        }
      }
    }
    return isFine;
  }

  private static void mark(boolean[] reached, String output, int at, String next) {
    if (output.startsWith(next, at)) {
      reached[at + next.length()] = true;
    }
  }

  /** Whether a rest begins a span where one may begin, or a phrase after a span. */
  private boolean isBeginning(String rest, boolean isOpen, boolean isWhole) {
    return (rest.isEmpty() && (isOpen || isWhole))
        || (isOpen && spans.keySet().stream().anyMatch(span -> isBeginning(rest, " " + span)))
        || (isWhole && CONNECTORS.stream().anyMatch(each -> isBeginning(rest, each)));
  }

  /** A character that was cut in two is U+FFFD. */
  private static boolean isBeginning(String cut, String text) {
    String known = cut.endsWith("\ufffd") ? cut.substring(0, cut.length() - 1) : cut;
    return text.startsWith(known);
  }

  /** What a whole output quotes: fewest pieces, least uncited text, longest spans first. */
  List<Quote> quotes(String output) {
    List<Quote> quotes = new ArrayList<>();
    if (output.equals(REFUSAL)) {
      return quotes;
    }
    Cost[] any = new Cost[output.length() + 1];
    Cost[] span = new Cost[output.length() + 1];
    Cost never = new Cost(1 << 20, 0, null, -1);
    Cost nothing = new Cost(0, 0, null, -1);
    any[output.length()] = nothing;
    span[output.length()] = nothing;
    for (int at = output.length() - 1; at >= 0; at--) {
      span[at] = bestSpan(output, at, any, never);
      any[at] = bestPhrase(output, at, span);
    }
    int at = 0;
    while (at < output.length()) {
      Cost chosen = at == 0 ? span[0] : any[at];
      if (chosen.first() == null) {
        at = chosen.next();
        chosen = span[at];
      }
      if (at < output.length()) {
        Quote first = java.util.Objects.requireNonNull(chosen.first());
        if (first.source() < cited) {
          quotes.add(first);
        }
        at = chosen.next();
      }
    }
    return quotes;
  }

  private Cost bestSpan(String output, int at, Cost[] any, Cost never) {
    Cost best = never;
    for (int end = output.length(); end > at + 1; end--) {
      Integer source = output.charAt(at) == ' ' ? spans.get(output.substring(at + 1, end)) : null;
      if (source != null) {
        int uncited = any[end].uncited() + (source < cited ? 0 : end - at);
        Quote quote = new Quote(at + 1, end, source);
        Cost cost = new Cost(1 + any[end].pieces(), uncited, quote, end);
        best = cost.isLessThan(best) ? cost : best;
      }
    }
    return best;
  }

  private static Cost bestPhrase(String output, int at, Cost[] span) {
    Cost best = span[at];
    for (String connector : CONNECTORS) {
      int end = at + connector.length();
      if (output.startsWith(connector, at) && (connector.equals(".") || end < output.length())) {
        Cost cost = new Cost(1 + span[end].pieces(), span[end].uncited(), null, end);
        best = best.isLessThan(cost) ? best : cost;
      }
    }
    return best;
  }
}
