package dev.palimpsest.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.model.TinyModels;
import dev.palimpsest.engine.sample.SamplingParams;
import dev.palimpsest.engine.sample.TokenRules;
import dev.palimpsest.engine.schema.Choices;
import dev.palimpsest.engine.schema.Grammar;
import dev.palimpsest.engine.schema.JsonShape;
import dev.palimpsest.engine.schema.RandomGrammar;
import dev.palimpsest.engine.schema.TokenOrder;
import dev.palimpsest.engine.token.TokenIds;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Answers of a tiny random model under rules, several at once. */
class GrammarEngineTest {
  private static final List<String> COLOURS = List.of("red", "green", "reddish", "日本");

  /** Ten thousand of them take minutes of one core. */
  private static final int GRAMMARS = Boolean.getBoolean("palimpsest.long") ? 10_000 : 200;

  private static final int TOGETHER = 50;
  private static final String STOP = "STOP ";

  @TempDir Path folder;
  private Rig rig;
  private TokenOrder tokens;

  @BeforeEach
  void open() {
    rig = new Rig(folder, "llama", 1, "scalar", 2);
    tokens = new TokenOrder(rig.model().vocabulary());
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private record Case(TokenRules rules, String pattern) {}

  private List<Case> cases() {
    return List.of(
        new Case(
            new Grammar("root ::= word (\", \" word){1,3} [.!]\nword ::= [a-zé]{1,5}", tokens),
            "[a-zé]{1,5}(, [a-zé]{1,5}){1,3}[.!]"),
        new Case(new Choices(COLOURS, tokens), String.join("|", COLOURS)),
        new Case(new JsonShape(Map.of("enum", List.of("a", 7)), tokens), " ?(\"a\"|7)"));
  }

  /** Rules are kept, and what was known before or found out beside it changes no token. */
  @Test
  void answersFitTheirRulesAloneAndTogether() {
    List<Case> cases = cases();
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < Seeds.iterations(60); i++) {
      requests.add(request(cases.get(i % cases.size()).rules(), i));
    }
    List<String> together = answers(8, requests);
    for (int i = 0; i < together.size(); i++) {
      String pattern = cases.get(i % cases.size()).pattern();
      assertTrue(together.get(i).matches("STOP (" + pattern + ")"), together.get(i));
    }
    assertEquals(together, answers(1, requests));
    List<Case> fresh = cases();
    List<GenerationRequest> anew = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      anew.add(request(fresh.get(i % fresh.size()).rules(), i));
    }
    assertEquals(together, answers(3, anew));
  }

  /** Whatever a model says under random grammars side by side, a plain recogniser agrees. */
  @Test
  void answersAreTextsOfTheirRandomGrammars() {
    RandomGenerator random = Seeds.random(Seeds.seed("GrammarEngineTest"));
    int count = Seeds.iterations(GRAMMARS);
    int said = 0;
    for (int asked = 0; asked < count; asked += TOGETHER) {
      List<RandomGrammar> grammars = new ArrayList<>();
      List<GenerationRequest> requests = new ArrayList<>();
      while (requests.size() < TOGETHER) {
        RandomGrammar grammar = new RandomGrammar(random);
        TokenRules rules = rules(grammar);
        if (rules != null) {
          grammars.add(grammar);
          requests.add(request(rules, requests.size()));
        }
      }
      List<String> answers = answers(8, requests);
      for (int i = 0; i < answers.size(); i++) {
        String answer = answers.get(i);
        assertTrue(!answer.startsWith("CANCELLED"), answer);
        if (answer.startsWith(STOP)) {
          RandomGrammar grammar = grammars.get(i);
          String text = answer.substring(STOP.length());
          assertTrue(grammar.allows(text), () -> grammar.written() + "\n" + text);
          said++;
        }
      }
    }
    System.out.println(said + " of " + count + " answers came to their end");
    assertTrue(said > count / 2, said + " of " + count);
  }

  /** Null where no text of the grammar has an end. */
  private @Nullable TokenRules rules(RandomGrammar grammar) {
    try {
      return new Grammar(grammar.written(), tokens);
    } catch (IllegalArgumentException e) {
      assertTrue(String.valueOf(e.getMessage()).contains("no finite text"), grammar::written);
      return null;
    }
  }

  /** What asks for too much ends alone, and says why. */
  @Test
  void aGrammarThatCostsTooMuchEndsItsOwnAnswerOnly() {
    Grammar hostile =
        new Grammar("root ::= (([a-b]{1,5000} \"c\"?){1,5000} \"d\"?){90,5000}", tokens);
    Choices good = new Choices(List.of("abcabcabcabcabcabcabcabcabcabc"), tokens);
    try (Engine engine = rig.roomy()) {
      Generation bad = submitted(engine, request(hostile, 1));
      Generation other = submitted(engine, request(good, 2));
      Rig.drain(engine);
      assertTrue(engine.isHealthy());
      assertEquals("STOP abcabcabcabcabcabcabcabcabcabc", read(other));
      assertTrue(read(bad).startsWith("FAILED "));
      assertTrue(bad.problem().orElseThrow().contains("so many ways"));
      assertTrue(other.problem().isEmpty());
    }
  }

  private static GenerationRequest request(TokenRules rules, int seed) {
    return new GenerationRequest(
        TokenIds.of(TinyModels.FIRST_BYTE + 'x', TinyModels.FIRST_BYTE + seed),
        new SamplingParams(1, 0, 1, 0, seed),
        100,
        List.of(),
        rules,
        "");
  }

  private List<String> answers(int sequences, List<GenerationRequest> requests) {
    try (Engine engine = rig.engine(Rig.config(32, sequences, requests.size(), 32, 1_000))) {
      List<Generation> generations = requests.stream().map(r -> submitted(engine, r)).toList();
      Rig.drain(engine);
      return generations.stream().map(GrammarEngineTest::read).toList();
    }
  }

  private static Generation submitted(Engine engine, GenerationRequest request) {
    return assertInstanceOf(Admission.Accepted.class, engine.submit(request)).generation();
  }

  /** How it ended, and what was said. */
  private static String read(Generation generation) {
    StringBuilder text = new StringBuilder();
    FinishReason finish = null;
    for (TokenDelta delta = generation.poll(); delta != null; delta = generation.poll()) {
      text.append(delta.text());
      finish = delta.finish();
    }
    return Objects.requireNonNull(finish) + " " + text;
  }
}
