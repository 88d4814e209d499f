package dev.palimpsest.engine.ground;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.Seeds;
import dev.palimpsest.engine.sample.TokenConstraint;
import dev.palimpsest.engine.sample.TokenSet;
import dev.palimpsest.engine.token.TokenIds;
import dev.palimpsest.engine.token.Tokenizer;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Grounding with the tokenizer of the bundled model, without a model. */
class GroundingTest {
  private static final Tokenizer TOKENIZER = ReaderTokenizer.load();
  private static final int VOCABULARY = TOKENIZER.vocabulary().size();
  private static final Source OSLO =
      new Source(
          "[5 March 2023] Mara: I moved to Oslo, with Tom's dog.",
          List.of(new Source.Part(1, 13), new Source.Part(15, 19), new Source.Part(21, 53)));
  private static final Grounding GROUNDING =
      new Grounding(TOKENIZER, List.of(OSLO), "Where does Mara live?");

  @Test
  void spansOfWordsMayBeSaid() {
    for (String answer :
        List.of(
            "Oslo",
            "I moved to Oslo",
            "moved to Oslo, with Tom",
            "Tom's dog.",
            "Mara, Tom and Oslo",
            "Oslo.",
            "dog; live?",
            "I have no memory of that.")) {
      assertTrue(isAllowed(GROUNDING, answer), answer);
    }
  }

  @Test
  void nothingElseMayBeSaid() {
    for (String answer :
        List.of(
            "Mara live Oslo",
            "",
            "Bergen",
            "Os",
            "slo",
            "Oslo,",
            "Oslo and",
            "Oslo,, Mara",
            "Oslo..",
            ", Oslo",
            "I have no memory of Oslo",
            "I have no memory of that. Oslo",
            "I have no memory")) {
      assertFalse(isAllowed(GROUNDING, answer), answer);
    }
  }

  @Test
  void dateAndSpeakerAreCopiedByThemselves() {
    for (String answer : List.of("5 March 2023", "March 2023", "2023", "Mara")) {
      assertTrue(isAllowed(GROUNDING, answer), answer);
    }
    for (String answer : List.of("[5 March 2023]", "20", "2023] Mara", "Mara: I moved", "Mara:")) {
      assertFalse(isAllowed(GROUNDING, answer), answer);
    }
  }

  @Test
  void aWordInQuotesMayStandAlone() {
    Grounding grounding =
        new Grounding(TOKENIZER, List.of(Source.of("We read \"Dune\" (twice) for $20.")), "");
    for (String answer : List.of("Dune", "read \"Dune\"", "twice", "$20", "20", "20.")) {
      assertTrue(isAllowed(grounding, answer), answer);
    }
    for (String answer : List.of("\"Dune", "(twice", "Dune\"")) {
      assertFalse(isAllowed(grounding, answer), answer);
    }
  }

  @Test
  void noSpanRunsOverTheEndOfALine() {
    Grounding grounding =
        new Grounding(TOKENIZER, List.of(Source.of("one two\nthree"), Source.of("four")), "five");
    assertFalse(isAllowed(grounding, "two three"), "one span after the other");
    assertTrue(isAllowed(grounding, "two, three"), "with a phrase between");
    TokenIds output = TOKENIZER.encode(" two, three and four", Tokenizer.Special.TEXT);
    assertEquals(
        List.of(
            new Citation(1, 4, 0, 4, 7),
            new Citation(6, 11, 0, 8, 13),
            new Citation(16, 20, 1, 0, 4)),
        grounding.citations(output.concat(TokenIds.of(ReaderTokenizer.END))));
  }

  @Test
  void textWithoutSpacesIsCopiedByTheCharacter() {
    Grounding grounding = new Grounding(TOKENIZER, List.of(Source.of("我住在奥斯陆。")), "");
    assertTrue(isAllowed(grounding, "我住在奥斯陆。"));
    assertTrue(areAllowed(grounding, ended("住在")));
    assertTrue(areAllowed(grounding, ended("斯陆")));
  }

  @Test
  void withoutSourcesThereIsOnlyTheRefusal() {
    Grounding grounding = new Grounding(TOKENIZER, List.of(), "");
    TokenConstraint walk = grounding.begin();
    StringBuilder said = new StringBuilder();
    TokenSet next = new TokenSet(VOCABULARY);
    for (int token = -1; token != ReaderTokenizer.END; ) {
      next.clear();
      walk.allow(next);
      token = next.contains(ReaderTokenizer.END) ? ReaderTokenizer.END : next.next(0);
      walk.accept(token);
      said.append(TOKENIZER.decode(TokenIds.of(token)));
    }
    assertEquals(" " + Grounding.refusal(), said.toString());
  }

  @Test
  void theLongestSpanOfTheFirstMemoryIsCited() {
    Grounding grounding =
        new Grounding(
            TOKENIZER,
            List.of(Source.of("red"), Source.of("a red car"), Source.of("the red car")),
            "Which red car has Tom?");
    assertEquals(
        List.of(new Citation(1, 8, 1, 2, 9)), grounding.citations(ended(" red car and Tom")));
    assertEquals(List.of(new Citation(1, 4, 0, 0, 3)), grounding.citations(ended(" red")));
    assertEquals(List.of(), grounding.citations(ended(" red car has")));
    assertEquals(List.of(), grounding.citations(ended(" " + Grounding.refusal())));
    assertEquals(List.of(), grounding.citations(TokenIds.of()));
    assertThrows(IllegalArgumentException.class, () -> grounding.citations(ended(" blue")));
  }

  @Test
  void randomWalksAreGroundedAndEnd() {
    long seed = Seeds.seed("GroundingTest");
    RandomGenerator random = Seeds.random(seed);
    for (int round = 0; round < Seeds.iterations(1_500); round++) {
      GroundedCase from = GroundedCase.draw(random);
      Grounding grounding = new Grounding(TOKENIZER, from.sources(), from.question());
      int longest = random.nextInt(4) == 0 ? random.nextInt(1, 12) : 40;
      TokenIds output = walk(grounding, random, longest);
      boolean isCut = output.at(output.size() - 1) != ReaderTokenizer.END;
      String text = TOKENIZER.decode(output);
      assertFalse(text.isBlank() && !isCut);
      assertTrue(from.quotations().isGrounded(text, isCut), () -> from + " gave '" + text + "'");
      from.checkCitations(text, grounding.citations(output));
    }
  }

  @Test
  void aTokenThatIsNotAllowedIsRefused() {
    TokenConstraint walk = GROUNDING.begin();
    int token = TOKENIZER.encode(" Bergen", Tokenizer.Special.TEXT).at(0);
    assertThrows(IllegalArgumentException.class, () -> walk.accept(token));
  }

  /** Forty long memories: processor time, which other processes do not lengthen. */
  @Test
  void aStepIsFarBelowAMillisecond() {
    RandomGenerator random = Seeds.random(Seeds.seed("GroundingTest"));
    List<Source> sources = new ArrayList<>();
    int tokens = 0;
    for (int line = 0; line < 40; line++) {
      StringBuilder text = new StringBuilder();
      for (int word = 0; word < 30; word++) {
        text.append(word == 0 ? "" : " ").append("and").append(random.nextInt(300));
      }
      sources.add(Source.of(text.toString()));
      tokens += TOKENIZER.encode(text.toString(), Tokenizer.Special.TEXT).size();
    }
    long begun = cpuNanos();
    Grounding grounding = new Grounding(TOKENIZER, sources, "How many and1 and2?");
    long built = cpuNanos() - begun;
    long step = Long.MAX_VALUE;
    for (int round = 0; round < 20; round++) {
      int steps = 0;
      long before = cpuNanos();
      while (steps < 400) {
        steps += walk(grounding, random, 200).size();
      }
      step = Math.min(step, (cpuNanos() - before) / steps);
    }
    System.out.println(
        tokens + " tokens: built in " + built / 1_000 + " us, a step takes " + step + " ns");
    assertTrue(step < 500_000, step + " ns for a step");
  }

  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static TokenIds walk(Grounding grounding, RandomGenerator random, int longest) {
    TokenConstraint walk = grounding.begin();
    TokenSet next = new TokenSet(VOCABULARY);
    TokenIds output = TokenIds.of();
    while (output.size() < longest) {
      next.clear();
      walk.allow(next);
      int token = draw(next, random);
      walk.accept(token);
      output = output.concat(TokenIds.of(token));
      if (TOKENIZER.vocabulary().isEndOfGeneration(token)) {
        return output.slice(0, output.size() - 1).concat(TokenIds.of(ReaderTokenizer.END));
      }
    }
    return output;
  }

  private static int draw(TokenSet set, RandomGenerator random) {
    int count = 0;
    int drawn = -1;
    for (int id = set.next(0); id >= 0; id = set.next(id + 1)) {
      count++;
      drawn = random.nextInt(count) == 0 ? id : drawn;
    }
    assertTrue(drawn >= 0, "nothing is allowed");
    return drawn;
  }

  private static TokenIds ended(String text) {
    return TOKENIZER.encode(text, Tokenizer.Special.TEXT).concat(TokenIds.of(ReaderTokenizer.END));
  }

  /** Whether the tokens of a text, and then the end, are allowed one after the other. */
  private static boolean isAllowed(Grounding grounding, String answer) {
    return areAllowed(
        grounding, answer.isEmpty() ? TokenIds.of(ReaderTokenizer.END) : ended(" " + answer));
  }

  private static boolean areAllowed(Grounding grounding, TokenIds tokens) {
    TokenConstraint walk = grounding.begin();
    TokenSet next = new TokenSet(VOCABULARY);
    for (int i = 0; i < tokens.size(); i++) {
      next.clear();
      walk.allow(next);
      if (!next.contains(tokens.at(i))) {
        return false;
      }
      walk.accept(tokens.at(i));
    }
    return true;
  }
}
