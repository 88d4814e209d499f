package dev.palimpsest.engine.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.sample.TokenConstraint;
import dev.palimpsest.engine.sample.TokenRules;
import dev.palimpsest.engine.sample.TokenRulesException;
import dev.palimpsest.engine.sample.TokenSet;
import dev.palimpsest.engine.token.Vocabulary;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrammarTest {
  /** Ten thousand of them take minutes of one core. */
  private static final int GRAMMARS = Boolean.getBoolean("palimpsest.long") ? 10_000 : 300;

  private static final int TOKENS_MAX = 40;

  private static final long SEED = Seeds.seed("GrammarTest");

  private final RandomGenerator random = Seeds.random(SEED);
  private final Vocabulary vocabulary =
      GrammarTokens.of("abcab aabbcc é日🧪 é\"日\\🧪\n日日]-ab(())1+2,\"ab\": [1, 2]}", 60, random);
  private final TokenOrder tokens = new TokenOrder(vocabulary);
  private final TokenSet allowed = new TokenSet(vocabulary.size());

  /** Whatever is said under a random grammar is a text of it, and every text can be said. */
  @Test
  void whatIsSaidIsAllowedAndWhatIsAllowedCanBeSaid() throws CharacterCodingException {
    int said = 0;
    int found = 0;
    int barren = 0;
    int costly = 0;
    int count = Seeds.iterations(GRAMMARS);
    for (int round = 0; round < count; round++) {
      RandomGrammar grammar = new RandomGrammar(random);
      String written = grammar.written();
      String example = grammar.example();
      Grammar rules;
      try {
        rules = new Grammar(written, tokens, example == null ? 16 : Grammar.DEPTH_MAX);
      } catch (IllegalArgumentException e) {
        assertTrue(String.valueOf(e.getMessage()).contains("no finite text"), () -> written + e);
        assertEquals(null, example, written);
        barren++;
        continue;
      }
      try {
        String answer = answer(rules);
        assertTrue(answer == null || grammar.allows(answer), () -> written + "\n" + answer);
        said += answer == null ? 0 : 1;
        if (example != null) {
          assertTrue(grammar.allows(example), () -> written + "\n" + example);
          assertTrue(isSaid(rules, example), () -> written + "\n" + example);
          found++;
          String other = changed(example, grammar);
          assertEquals(grammar.allows(other), isSaid(rules, other), () -> written + "\n" + other);
        }
      } catch (TokenRulesException e) {
        costly++;
      }
    }
    System.out.printf(
        "%d grammars: %d answers, %d examples and as many changed, %d without a text, %d costly%n",
        count, said, found, barren, costly);
    assertTrue(
        said > count / 2 && found > count / 2 && barren < count / 3 && costly < count / 50 + 2);
  }

  /** A random answer, or null where it came to no end. */
  private @Nullable String answer(TokenRules rules) throws CharacterCodingException {
    TokenConstraint walk = rules.begin();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int said = 0; said < TOKENS_MAX; said++) {
      allowed.clear();
      walk.allow(allowed);
      assertTrue(allowed.next(0) >= 0, "what was begun can be finished");
      boolean ends = allowed.contains(GrammarTokens.END) && (said > 10 || random.nextInt(3) == 0);
      int from = ends ? 0 : random.nextInt(vocabulary.size());
      int token = ends ? GrammarTokens.END : allowed.next(from);
      token = token < 0 ? allowed.next(0) : token;
      walk.accept(token);
      if (token == GrammarTokens.END) {
        return StandardCharsets.UTF_8
            .newDecoder()
            .decode(ByteBuffer.wrap(bytes.toByteArray()))
            .toString();
      }
      bytes.writeBytes(vocabulary.piece(token));
    }
    return null;
  }

  private String changed(String text, RandomGrammar grammar) {
    int[] points = text.codePoints().toArray();
    StringBuilder other = new StringBuilder();
    int place = random.nextInt(points.length + 1);
    for (int i = 0; i <= points.length; i++) {
      if (i == place) {
        other.append(grammar.text(random.nextInt(2)));
      }
      if (i < points.length && (i != place || random.nextBoolean())) {
        other.appendCodePoint(points[i]);
      }
    }
    return other.toString();
  }

  /** Whether a text can be said, cut into tokens anyhow, and the answer can end after it. */
  private boolean isSaid(TokenRules rules, String text) {
    TokenConstraint walk = rules.begin();
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    for (int id : GrammarTokens.spelled(bytes, vocabulary, random)) {
      allowed.clear();
      walk.allow(allowed);
      if (!allowed.contains(id)) {
        assertThrows(IllegalArgumentException.class, () -> walk.accept(id));
        return false;
      }
      walk.accept(id);
    }
    allowed.clear();
    walk.allow(allowed);
    return allowed.contains(GrammarTokens.END);
  }

  private boolean isSaid(String grammar, String text) {
    return isSaid(new Grammar(grammar, tokens), text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      quoteCharacter = '`',
      value = {
        "root ::= \"yes\" | \"no\" § yes § yess",
        "root ::= [a-c]+ § abcab § abd",
        "root ::= [^a-c\\x0A]{2,3} § x日🧪 § xax",
        "root ::= [a\\-z] § - § b",
        "root ::= [-az] § - § b",
        "root ::= [az-] § - § b",
        "root ::= [\\]\\[^]+ § []^ § a",
        "root ::= . § 🧪 § ab",
        "root ::= [\\u65E5-\\U0001F9EA] § 日 § a",
        "root ::= \"\\\"\\\\\\t\" § `\"\\\t` § `\"\\`",
        "root ::= (\"a\" | \"b\" \"c\"?)* \"!\" § abcb! § ac!",
        "root ::= (\"a\"?){2} \"b\" § ab § aaab",
        "root ::= (\"a\"?){2,} \"b\" § aaaab § aba",
        "root ::= \"a\"{0} \"b\" § b § ab",
        "root ::= \"a\" { 1 , 2 } § aa § aaa",
        "root ::= \"ab\"{2} § abab § abb",
        "root ::= \"a\" root \"b\" | \"\" § aaabbb § aab",
        "root ::= \"(\" root \")\" root | § (()())() § (()",
        "`root ::= x_1 | B-2\nx_1 ::= \"a\"\nB-2 ::= \"b\"` § b § c"
      })
  void aGrammarSaysWhatItSays(String grammar, String right, String wrong) {
    assertTrue(isSaid(grammar, right), right);
    assertFalse(isSaid(grammar, wrong), wrong);
  }

  @Test
  void linesEndARuleButInGroupsAndAfterBars() {
    String grammar =
        """
        # an argument list
        root ::=
          "(" (   # opens
            item
            ("," item)*
          )? ")"

        item ::= [0-9]+ |
          word
        word ::= [a-z] word?
        """;
    for (String each : List.of("()", "(1)", "(abc,12,d)")) {
      assertTrue(isSaid(grammar, each), each);
      assertTrue(isSaid(grammar.replace("\n", "\r\n"), each), each);
    }
    assertFalse(isSaid(grammar, "(1,)"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '§',
      quoteCharacter = '`',
      value = {
        "`` § 1 § 1 § no rule 'root'",
        "`a ::= \"b\"` § 1 § 1 § no rule 'root'",
        "`root ::= \"a\"\nroot ::= \"b\"` § 2 § 1 § defined before",
        "`root ::= \"a\" x` § 1 § 14 § no rule is named 'x'",
        "`root = \"a\"` § 1 § 6 § '::='",
        "`root ::= \"a` § 1 § 10 § no end",
        "`root ::= [a` § 1 § 10 § no end",
        "`root ::= [日z-a]` § 1 § 12 § ends before",
        "`root ::= []` § 1 § 10 § no character",
        "`root ::= [^\\x00-\\U0010FFFF]` § 1 § 10 § no character",
        "`root ::= \"\\q\"` § 1 § 11 § after",
        "`root ::= \"\\x4\"` § 1 § 11 § 2 hexadecimal",
        "`root ::= \"\\uD800\"` § 1 § 11 § no character of Unicode",
        "`root ::= \"\\UFFFFFFFF\"` § 1 § 11 § no character of Unicode",
        "`root ::= \"\\x00\"` § 1 § 11 § no answer can hold",
        "`root ::= (\"a\"` § 1 § 10 § no end",
        "`root ::= (\"a\" § x)` § 1 § 15 § part of a group",
        "`root ::= \"a\" )` § 1 § 14 § end of the line",
        "`root ::=\n  \"a\"\n  \"b\"` § 3 § 3 § the name of a rule",
        "`root ::= *` § 1 § 10 § nothing to repeat",
        "`root ::= \"a\"{2,1}` § 1 § 13 § at least 2",
        "`root ::= \"a\"{}` § 1 § 14 § a number",
        "`root ::= \"a\"{99999999999}` § 1 § 14 § a number",
        "`root ::= \"a\"{1;2}` § 1 § 15 § '}'",
        "`root ::= \"a\"?????????` § 1 § 21 § marks",
        "`root ::= <think>` § 1 § 10 § tokens",
        "`root ::= a\na ::= b \"x\"\nb ::= \"y\"? a` § 2 § 1 § 'a' can begin with itself",
        "`root ::= (\"x\"? root)` § 1 § 1 § 'root' can begin with itself"
      })
  void whatIsWrongIsToldWithItsPlace(String grammar, int line, int column, String problem) {
    GrammarException wrong =
        assertThrows(GrammarException.class, () -> new Grammar(grammar, tokens), grammar);
    String message = String.valueOf(wrong.getMessage());
    assertEquals(line + ":" + column, wrong.line() + ":" + wrong.column(), message);
    assertTrue(message.startsWith("line " + line + ", column " + column + ": "), message);
    assertTrue(message.contains(problem), message);
  }

  @Test
  void everythingHasALimit() {
    refused("characters", "root ::= \"a\" #" + "x".repeat(Grammar.CHARACTERS_MAX));
    refused("groups", "root ::= " + "(".repeat(70) + "\"a\"" + ")".repeat(70));
    refused(
        "rules",
        "root ::= \"a\"\n"
            + IntStream.range(0, 1_000)
                .mapToObj(i -> "r" + i + " ::= \"a\"\n")
                .collect(Collectors.joining()));
    refused("name", "root ::= " + "x".repeat(300));
    refused("no finite text", "root ::= \"a\" root");
    refused("steps", "root ::= " + ".".repeat(60_000));
    String deep =
        IntStream.range(0, 300)
            .mapToObj(i -> (i == 0 ? "root" : "r" + i) + " ::= \"(\" r" + (i + 1) + " \")\"\n")
            .collect(Collectors.joining());
    refused("deep", deep + "r300 ::= \"a\"\n");
  }

  private void refused(String problem, String grammar) {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> new Grammar(grammar, tokens));
    assertTrue(String.valueOf(refusal.getMessage()).contains(problem), refusal.getMessage());
  }

  /** What is nested ends by itself before the limit; what stands last nests nothing. */
  @Test
  void nestingHasALimitAndListsHaveNone() {
    Grammar nested = new Grammar("root ::= \"(\" root \")\" | \"x\"", tokens, 10);
    assertTrue(isSaid(nested, "(((x)))"));
    assertFalse(isSaid(nested, "(".repeat(20) + "x" + ")".repeat(20)));
    Grammar list = new Grammar("root ::= \"a\" root | \"b\"", tokens, 10);
    assertTrue(isSaid(list, "a".repeat(2_000) + "b"));
  }

  /** Readings that double with each byte are held once. */
  @Test
  void ambiguityCostsNoMoreThanItsLength() {
    assertTrue(isSaid("root ::= \"a\" | root2 root\nroot2 ::= \"a\" | \"a\" root", "a".repeat(60)));
    String several =
        "root ::= \"(\" root \")\" | \"(\" root \")\" | \"(\" root2 \")\" | \"x\"\nroot2 ::= root";
    assertTrue(isSaid(several, "(".repeat(100) + "x" + ")".repeat(100)));
  }

  /** What would hold a step is told, or refused before there is one. */
  @Test
  void whatCostsTooMuchIsToldAndDoesNotHoldAStep() {
    refused("too many ways", "root ::= ((\"a\"?){10000} \"b\"?){10000}");
    TokenConstraint walk =
        new Grammar("root ::= ((\"a\" | \"b\"){1,5000} \"c\"?){1,5000}", tokens).begin();
    TokenRulesException told =
        assertThrows(
            TokenRulesException.class,
            () -> {
              for (int i = 0; i < 2_000; i++) {
                allowed.clear();
                walk.allow(allowed);
                walk.accept(GrammarTokens.FIRST_BYTE + 'a');
              }
            });
    assertTrue(String.valueOf(told.getMessage()).contains("ways"), told.getMessage());
  }

  /** What is found out on another thread, or in another answer, is what would be found anyway. */
  @Test
  void masksAreFoundAheadOnceAndForAll() throws InterruptedException {
    String grammar = "root ::= [a-c]+ \"日\" | \"(\" root \")\"";
    Grammar shared = new Grammar(grammar, tokens);
    TokenConstraint first = shared.begin();
    Runnable work = Objects.requireNonNull(first.ahead());
    Thread thread = new Thread(work);
    thread.start();
    thread.join();
    assertEquals(null, first.ahead());
    assertEquals(null, shared.begin().ahead(), "known to the next answer");
    TokenConstraint alone = new Grammar(grammar, tokens).begin();
    TokenSet other = new TokenSet(vocabulary.size());
    alone.allow(other);
    first.allow(allowed);
    for (int id = 0; id < vocabulary.size(); id++) {
      assertEquals(other.contains(id), allowed.contains(id));
    }
    first.accept(GrammarTokens.FIRST_BYTE + 'a');
    work.run();
    assertTrue(first.ahead() != null, "work for an earlier token does no harm");
  }

  /** Grammars that were changed anyhow are read or refused, quickly, and never break anything. */
  @Test
  void brokenGrammarsAreRefusedByPlace() {
    List<String> seeds = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      seeds.add(new RandomGrammar(random).written());
    }
    int read = 0;
    int count = Seeds.iterations(4 * GRAMMARS);
    for (int round = 0; round < count; round++) {
      String broken = broken(seeds.get(random.nextInt(seeds.size())));
      try {
        Grammar.check(broken);
        read++;
      } catch (GrammarException e) {
        assertTrue(e.line() >= 1 && e.column() >= 1);
        assertTrue(e.line() <= broken.length() + 1 && e.column() <= broken.length() + 1);
      } catch (IllegalArgumentException e) {
        assertTrue(String.valueOf(e.getMessage()).matches("no finite text.*|.*too many ways.*"));
      }
    }
    System.out.println(read + " of " + count + " broken grammars could be read");
    assertTrue(read > 0 && read < count);
  }

  private String broken(String text) {
    StringBuilder broken = new StringBuilder(text);
    String marks = "\"\\[](){}|*+?.^-#:=,<>!\n\r\t 019axXuU_é\uD83E\0";
    for (int i = random.nextInt(1, 6); i > 0 && !broken.isEmpty(); i--) {
      int at = random.nextInt(broken.length());
      switch (random.nextInt(4)) {
        case 0 -> broken.deleteCharAt(at);
        case 1 -> broken.insert(at, marks.charAt(random.nextInt(marks.length())));
        case 2 -> broken.setCharAt(at, marks.charAt(random.nextInt(marks.length())));
        default -> {
          int to = Math.min(broken.length(), at + random.nextInt(40));
          broken.insert(random.nextInt(broken.length()), broken.substring(at, to));
        }
      }
    }
    return broken.toString();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 500, 6_000})
  void aChoiceIsOneOfItsTexts(int count) throws CharacterCodingException {
    List<String> texts =
        IntStream.range(0, count).mapToObj(i -> "é" + Integer.toString(i, 3)).toList();
    Choices choices = new Choices(texts, tokens);
    for (int round = 0; round < 50; round++) {
      assertTrue(texts.contains(answer(choices)));
      assertTrue(isSaid(choices, texts.get(random.nextInt(count))));
    }
    assertFalse(isSaid(choices, "é9"));
    assertFalse(isSaid(choices, texts.getLast() + "0000000000"));
  }

  @Test
  void aChoiceOfNothingIsRefused() {
    for (List<String> wrong :
        List.of(
            List.<String>of(),
            List.of("a", ""),
            List.of("a\0"),
            List.of("\uD83E"),
            java.util.Collections.nCopies(Choices.COUNT_MAX + 1, "a"),
            List.of("a".repeat(Choices.CHARACTERS_MAX), "b"))) {
      assertThrows(IllegalArgumentException.class, () -> new Choices(wrong, tokens));
    }
  }
}
