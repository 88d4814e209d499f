package dev.palimpsest.engine.schema;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A grammar made at random, as GBNF, with texts that it allows and a recogniser that tries
 * everything. Knows nothing of the code under test. No rule begins with itself.
 */
public final class RandomGrammar {
  private static final int[] ALPHABET = {
    'a', 'b', 'c', '"', '\\', '\n', ']', '-', 'é', '日', 0x1F9EA
  };
  private static final int UNLIMITED = Integer.MAX_VALUE;

  private sealed interface Node {
    record Text(String text) implements Node {}

    record Letter(List<int[]> ranges, boolean isOthers) implements Node {}

    record Any() implements Node {}

    record Name(int rule) implements Node {}

    record All(List<Node> parts) implements Node {}

    record Either(List<Node> ways) implements Node {}

    record Times(Node part, int min, int max) implements Node {}
  }

  private final RandomGenerator random;
  private final List<Node> rules = new ArrayList<>();
  private final int count;

  /** The next one. */
  public RandomGrammar(RandomGenerator random) {
    this.random = random;
    this.count = random.nextInt(1, 5);
    for (int i = 0; i < count; i++) {
      rules.add(ways(i, 3, false));
    }
  }

  private Node ways(int rule, int depth, boolean hasRead) {
    int ways = random.nextInt(1, 4);
    List<Node> all = new ArrayList<>();
    for (int i = 0; i < ways; i++) {
      all.add(sequence(rule, depth, hasRead));
    }
    return ways == 1 ? all.getFirst() : new Node.Either(all);
  }

  /** Rules before the own one are named only where something was read for sure. */
  private Node sequence(int rule, int depth, boolean hasRead) {
    List<Node> parts = new ArrayList<>();
    boolean isSafe = hasRead;
    for (int i = random.nextInt(depth > 0 ? 4 : 2); i > 0; i--) {
      Node part = part(rule, depth - 1, isSafe);
      parts.add(random.nextInt(3) == 0 ? times(part) : part);
      isSafe |= reads(parts.getLast());
    }
    return new Node.All(parts);
  }

  private Node part(int rule, int depth, boolean hasRead) {
    return switch (random.nextInt(depth > 0 ? 8 : 5)) {
      case 0, 1 -> new Node.Text(text(random.nextInt(1, 4)));
      case 2 -> letter();
      case 3 -> random.nextInt(4) == 0 ? new Node.Any() : letter();
      case 4, 5 -> {
        int least = hasRead ? 0 : rule + 1;
        yield least < count ? new Node.Name(random.nextInt(least, count)) : new Node.Text(text(1));
      }
      default -> ways(rule, depth, hasRead);
    };
  }

  private Node times(Node part) {
    int min = random.nextInt(3);
    return switch (random.nextInt(6)) {
      case 0 -> new Node.Times(part, 0, UNLIMITED);
      case 1 -> new Node.Times(part, 1, UNLIMITED);
      case 2 -> new Node.Times(part, 0, 1);
      case 3 -> new Node.Times(part, min, UNLIMITED);
      case 4 -> new Node.Times(part, min, min);
      default -> new Node.Times(part, min, min + random.nextInt(1, 4));
    };
  }

  private static boolean reads(Node node) {
    return switch (node) {
      case Node.Text(String text) -> !text.isEmpty();
      case Node.Letter letter -> true;
      case Node.Any any -> true;
      case Node.Name name -> false;
      case Node.All(List<Node> parts) -> parts.stream().anyMatch(RandomGrammar::reads);
      case Node.Either(List<Node> ways) -> ways.stream().allMatch(RandomGrammar::reads);
      case Node.Times(Node part, int min, int max) -> min > 0 && reads(part);
    };
  }

  private Node letter() {
    List<int[]> ranges = new ArrayList<>();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      int one = point();
      int other = random.nextBoolean() ? one : point();
      ranges.add(new int[] {Math.min(one, other), Math.max(one, other)});
    }
    return new Node.Letter(ranges, random.nextInt(3) == 0);
  }

  int point() {
    return random.nextInt(12) == 0
        ? random.nextInt(0xE000, 0x110000)
        : ALPHABET[random.nextInt(ALPHABET.length)];
  }

  String text(int length) {
    return IntStream.range(0, length)
        .mapToObj(i -> Character.toString(point()))
        .collect(Collectors.joining());
  }

  /** The grammar as it is written. */
  public String written() {
    StringBuilder out = new StringBuilder("# made at random\n\n");
    for (int i = count - 1; i >= 0; i--) {
      out.append(name(i)).append(" ::=").append(space()).append(written(rules.get(i), false));
      out.append(random.nextBoolean() ? "\n" : "  # so it is\r\n\n");
    }
    return out.toString();
  }

  private static String name(int rule) {
    return rule == 0 ? "root" : "rule_" + rule;
  }

  private String space() {
    return random.nextInt(4) == 0 ? " # a remark\n\t" : " ";
  }

  private String written(Node node, boolean isPart) {
    return switch (node) {
      case Node.Text(String text) -> "\"" + escaped(text) + "\"";
      case Node.Letter(List<int[]> ranges, boolean isOthers) ->
          ranges.stream()
              .map(each ->
                  each[0] == each[1]
                      ? escaped(Character.toString(each[0]))
                      : escaped(Character.toString(each[0]))
                          + "-"
                          + escaped(Character.toString(each[1])))
              .collect(Collectors.joining("", isOthers ? "[^" : "[", "]"));
      case Node.Any any -> ".";
      case Node.Name(int rule) -> name(rule);
      case Node.All(List<Node> parts) -> {
        String all =
            parts.stream().map(each -> written(each, true)).collect(Collectors.joining(" "));
        // Nothing at all would let the next line go on with this one.
        yield isPart ? "(" + space() + all + ")" : all.isEmpty() ? "\"\"" : all;
      }
      case Node.Either(List<Node> ways) -> {
        String all =
            ways.stream()
                .map(each -> written(each, false))
                .collect(Collectors.joining(" |" + space()));
        yield isPart ? "(" + all + " )" : all;
      }
      case Node.Times(Node part, int min, int max) -> written(part, true) + mark(min, max);
    };
  }

  private static String mark(int min, int max) {
    if (max == UNLIMITED) {
      return min == 0 ? "*" : min == 1 ? "+" : "{" + min + ",}";
    }
    return min == 0 && max == 1 ? "?" : min == max ? "{" + min + "}" : "{" + min + ", " + max + "}";
  }

  private String escaped(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .forEach(each -> {
          if (each == '\n') {
            out.append("\\n");
          } else if ("\"\\]-".indexOf(each) >= 0) {
            out.append('\\').appendCodePoint(each);
          } else if (random.nextInt(4) == 0) {
            out.append(
                each < 0x100
                    ? "\\x%02x".formatted(each)
                    : each < 0x10000 ? "\\u%04X".formatted(each) : "\\U%08x".formatted(each));
          } else {
            out.appendCodePoint(each);
          }
        });
    return out.toString();
  }

  /** A text that is allowed, or null where none was found on the way that was tried. */
  @Nullable String example() {
    StringBuilder out = new StringBuilder();
    return derive(rules.getFirst(), 10, out) ? out.toString() : null;
  }

  private boolean derive(Node node, int depth, StringBuilder out) {
    if (out.length() > 200) {
      return false;
    }
    return switch (node) {
      case Node.Text(String text) -> {
        out.append(text);
        yield true;
      }
      case Node.Letter letter -> {
        int point = point();
        for (int tries = 0; tries < 50 && !hasLetter(letter, point); tries++) {
          point = point();
        }
        out.appendCodePoint(point);
        yield hasLetter(letter, point);
      }
      case Node.Any any -> {
        out.appendCodePoint(point());
        yield true;
      }
      case Node.Name(int rule) -> depth > 0 && derive(rules.get(rule), depth - 1, out);
      case Node.All(List<Node> parts) -> parts.stream().allMatch(each -> derive(each, depth, out));
      case Node.Either(List<Node> ways) ->
          derive(ways.get(random.nextInt(ways.size())), depth, out);
      case Node.Times(Node part, int min, int max) -> {
        int most = max == UNLIMITED ? min + 3 : max;
        boolean isDerived = true;
        for (int i = random.nextInt(min, most + 1); i > 0 && isDerived; i--) {
          isDerived = derive(part, depth, out);
        }
        yield isDerived;
      }
    };
  }

  private static boolean hasLetter(Node.Letter letter, int point) {
    return point != 0
        && letter.ranges().stream().anyMatch(each -> each[0] <= point && point <= each[1])
            != letter.isOthers();
  }

  /** Whether a text is allowed, by trying every way from every place. */
  public boolean allows(String text) {
    int[] points = text.codePoints().toArray();
    return ends(rules.getFirst(), 0, points, new HashMap<>()).get(points.length);
  }

  private record Start(int rule, int at) {}

  /** All places where a node that begins at a place can end. */
  private BitSet ends(Node node, int at, int[] points, Map<Start, BitSet> known) {
    BitSet ends = new BitSet();
    switch (node) {
      case Node.Text(String text) -> {
        int[] wanted = text.codePoints().toArray();
        boolean isThere = at + wanted.length <= points.length;
        for (int i = 0; i < wanted.length && isThere; i++) {
          isThere = points[at + i] == wanted[i];
        }
        ends.set(at + wanted.length, isThere);
      }
      case Node.Letter letter ->
          ends.set(at + 1, at < points.length && hasLetter(letter, points[at]));
      case Node.Any any -> ends.set(at + 1, at < points.length && points[at] != 0);
      case Node.Name(int rule) -> {
        Start start = new Start(rule, at);
        BitSet found = known.get(start);
        if (found == null) {
          found = ends(rules.get(rule), at, points, known);
          known.put(start, found);
        }
        ends.or(found);
      }
      case Node.All(List<Node> parts) -> {
        BitSet now = new BitSet();
        now.set(at);
        for (Node part : parts) {
          now = after(now, part, points, known);
        }
        ends.or(now);
      }
      case Node.Either(List<Node> ways) ->
          ways.forEach(each -> ends.or(ends(each, at, points, known)));
      case Node.Times(Node part, int min, int max) -> {
        BitSet now = new BitSet();
        now.set(at);
        int rounds = max == UNLIMITED ? min + points.length + 1 : max;
        for (int i = 0; i <= rounds; i++) {
          if (i >= min) {
            ends.or(now);
          }
          now = after(now, part, points, known);
        }
      }
    }
    return ends;
  }

  private BitSet after(BitSet from, Node part, int[] points, Map<Start, BitSet> known) {
    BitSet ends = new BitSet();
    from.stream().forEach(at -> ends.or(ends(part, at, points, known)));
    return ends;
  }
}
