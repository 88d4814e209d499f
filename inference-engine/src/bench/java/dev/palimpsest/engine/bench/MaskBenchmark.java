package dev.palimpsest.engine.bench;

import dev.palimpsest.engine.sample.TokenConstraint;
import dev.palimpsest.engine.sample.TokenRules;
import dev.palimpsest.engine.sample.TokenSet;
import dev.palimpsest.engine.schema.Choices;
import dev.palimpsest.engine.schema.Grammar;
import dev.palimpsest.engine.schema.JsonShape;
import dev.palimpsest.engine.schema.TokenOrder;
import dev.palimpsest.engine.token.PieceCoding;
import dev.palimpsest.engine.token.Token;
import dev.palimpsest.engine.token.TokenRole;
import dev.palimpsest.engine.token.TokenType;
import dev.palimpsest.engine.token.Vocabulary;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * How much of one core's time it takes to find the tokens that may come next: random answers under a schema, a grammar
 * and a choice, over vocabularies made at random of 8,192 and 151,936 tokens; with rules of their
 * own for each answer, and with rules that others have answered under before.
 */
public final class MaskBenchmark {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final int[] VOCABULARIES = {8_192, 151_936};
  private static final int ROUNDS = 7;
  private static final int TOKENS_MAX = 60;
  private static final int BYTES = 256;
  private static final int END = BYTES;
  private static final String LETTERS = "eeeetttaaaooiinnsshrdlucmfwypvbgkjqxz     0123456789.,:{}[]\"-_";

  private static final String ARITHMETIC =
      """
      root ::= (expression "=" " "? term "\\n"){1,5}
      expression ::= term ([-+*/] term)*
      term ::= identifier | number | "(" " "? expression ")" " "?
      identifier ::= [a-z] [a-z0-9_]* " "?
      number ::= [0-9]+ " "?
      """;

  private final SplittableRandom random = new SplittableRandom(1);

  private MaskBenchmark() {}

  /** Prints a table; takes about a minute of one core. */
  public static void main(String... arguments) {
    System.out.println("µs of one core per mask: median (min..max) of " + ROUNDS + " rounds");
    for (int size : VOCABULARIES) {
      new MaskBenchmark().measure(size);
    }
  }

  private void measure(int size) {
    Vocabulary vocabulary = vocabulary(size);
    long begun = THREADS.getCurrentThreadCpuTime();
    TokenOrder tokens = new TokenOrder(vocabulary);
    System.out.printf(
        Locale.ROOT,
        "%,d tokens, sorted in %d ms%n",
        size,
        (THREADS.getCurrentThreadCpuTime() - begun) / 1_000_000);
    Map<String, Function<TokenOrder, TokenRules>> kinds = new LinkedHashMap<>();
    kinds.put("schema", order -> new JsonShape(schema(), order));
    kinds.put("any object", order -> new JsonShape(Map.of("type", "object"), order));
    kinds.put("grammar", order -> new Grammar(ARITHMETIC, order));
    kinds.put(
        "1,000 choices",
        order -> new Choices(IntStream.range(0, 1_000).mapToObj(i -> "choice " + i).toList(), order));
    kinds.forEach((name, made) -> {
      Series cold = new Series();
      Series warm = new Series();
      for (int round = 0; round < ROUNDS + 2; round++) {
        TokenRules rules = made.apply(tokens);
        double first = answer(rules, size);
        for (int i = 0; i < 10; i++) {
          answer(rules, size);
        }
        double later = answer(rules, size);
        if (round >= 2) {
          cold.add(first);
          warm.add(later);
        }
      }
      System.out.printf("  %-14s new %-34s known %s%n", name, cold, warm);
    });
  }

  /** Mean µs of a mask in one random answer. */
  private double answer(TokenRules rules, int size) {
    TokenConstraint walk = rules.begin();
    TokenSet allowed = new TokenSet(size);
    long nanos = 0;
    int masks = 0;
    int token = -1;
    while (token != END && masks < TOKENS_MAX) {
      allowed.clear();
      long begun = THREADS.getCurrentThreadCpuTime();
      walk.allow(allowed);
      nanos += THREADS.getCurrentThreadCpuTime() - begun;
      masks++;
      token = allowed.next(random.nextInt(size));
      token = token < 0 ? allowed.next(0) : token;
      walk.accept(token);
    }
    return nanos / 1e3 / masks;
  }

  private static Map<String, Object> schema() {
    Map<String, Object> properties = new LinkedHashMap<>();
    properties.put("name", Map.of("type", "string", "maxLength", 40));
    properties.put("kind", Map.of("enum", List.of("person", "place", "thing")));
    properties.put("count", Map.of("type", "integer"));
    properties.put("tags", Map.of("type", "array", "items", Map.of("type", "string")));
    return Map.of(
        "type",
        "object",
        "properties",
        properties,
        "required",
        List.of("name", "kind"),
        "additionalProperties",
        false);
  }

  private Vocabulary vocabulary(int size) {
    List<Token> tokens = new ArrayList<>();
    for (int b = 0; b < BYTES; b++) {
      tokens.add(new Token("<0x%02X>".formatted(b), TokenType.BYTE, 0));
    }
    tokens.add(new Token("</s>", TokenType.CONTROL, 0));
    while (tokens.size() < size) {
      StringBuilder piece = new StringBuilder(random.nextInt(2) == 0 ? " " : "");
      for (int length = random.nextInt(2, 9); length > 0; length--) {
        piece.append(
            random.nextInt(20) == 0
                ? (char) random.nextInt(0xE0, 0x9FFF)
                : LETTERS.charAt(random.nextInt(LETTERS.length())));
      }
      tokens.add(new Token(piece.toString(), TokenType.NORMAL, 0));
    }
    return new Vocabulary(
        tokens, PieceCoding.SENTENCE_PIECE, Map.of(TokenRole.EOS, END), false, false);
  }
}
