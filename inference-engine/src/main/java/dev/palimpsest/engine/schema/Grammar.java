package dev.palimpsest.engine.schema;

import dev.palimpsest.engine.sample.TokenConstraint;
import dev.palimpsest.engine.sample.TokenRules;

/**
 * Lets a generation write one text of a grammar, and nothing else. The grammar is written in GBNF,
 * llama.cpp's format: {@code name ::= …} with {@code "texts"}, {@code [sets]}, {@code [^others]},
 * {@code .}, groups, {@code |}, {@code ? * + {m,n}} and comments, from the rule {@code root} on.
 * Any context-free grammar will do, however ambiguous, as long as no rule can begin with itself;
 * rules nest at most {@value #DEPTH_MAX} deep, where what stands last in a rule nests nothing. What
 * was found out in one generation is known to all others under the same grammar. For any thread.
 */
public final class Grammar implements TokenRules {
  /** How deep rules nest at most. */
  public static final int DEPTH_MAX = 256;

  /** The longest grammar, in UTF-16 units. */
  public static final int CHARACTERS_MAX = GrammarReader.CHARACTERS_MAX;

  /** The whole, and its first rule. */
  private static final int OUTER_DEPTH = 2;

  private final Masks masks;

  /**
   * Compiles a grammar.
   *
   * @throws IllegalArgumentException saying what is wrong; a {@link GrammarException} where that is
   *     at one place
   */
  public Grammar(String text, TokenOrder tokens) {
    this(text, tokens, DEPTH_MAX);
  }

  Grammar(String text, TokenOrder tokens, int depthMax) {
    this.masks = new Masks(machine(text, depthMax), tokens);
  }

  /**
   * Says whether a grammar can be compiled, for whichever vocabulary.
   *
   * @throws IllegalArgumentException as the constructor does
   */
  public static void check(String text) {
    Machine machine = machine(text, DEPTH_MAX);
    assert !machine.begin().isDead();
  }

  private static Machine machine(String text, int depthMax) {
    GrammarRules rules = GrammarReader.read(text);
    int[] needs = rules.needs();
    if (OUTER_DEPTH + needs[0] > depthMax) {
      throw new IllegalArgumentException(
          needs[0] >= GrammarRules.ENDLESS
              ? "no finite text fits the rule 'root'"
              : "every text of the grammar nests rules more than " + depthMax + " deep");
    }
    return new Machine(GrammarWriter.write(rules, rules.empties(), needs), depthMax);
  }

  @Override
  public TokenConstraint begin() {
    return new ShapeWalk(masks);
  }
}
