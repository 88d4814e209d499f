package dev.palimpsest.engine.schema;

import dev.palimpsest.engine.sample.TokenConstraint;
import dev.palimpsest.engine.sample.TokenRules;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Lets a generation write one JSON value that fits a schema, and nothing else. Supported are {@code
 * type} (also several), {@code properties} in their order, {@code required}, {@code
 * additionalProperties}, {@code items}, {@code minItems}, {@code maxItems}, {@code minLength},
 * {@code maxLength}, {@code enum}, {@code const}, {@code anyOf}, and {@code $ref} to {@code #} or
 * into {@code $defs}. Members that are not named are written only where none is named. Values nest
 * at most {@value #DEPTH_MAX} deep, where a choice between schemas counts as one more. What was
 * found out in one generation is known to all others under the same shape. For any thread.
 */
public final class JsonShape implements TokenRules {
  /** How deep values nest at most. */
  public static final int DEPTH_MAX = 48;

  private static final int ENDLESS = Integer.MAX_VALUE / 2;

  private final Masks masks;

  /**
   * Compiles a schema.
   *
   * @param schema as a JSON parser reads it: maps in the order of their members, lists, texts,
   *     numbers, truths and nulls
   * @throws IllegalArgumentException naming the keyword that is not supported, or what else is
   *     wrong
   */
  public JsonShape(Map<String, ?> schema, TokenOrder tokens) {
    this(schema, tokens, DEPTH_MAX);
  }

  JsonShape(Map<String, ?> schema, TokenOrder tokens, int depthMax) {
    this.masks = new Masks(machine(schema, depthMax), tokens);
  }

  private static Machine machine(Map<String, ?> schema, int depthMax) {
    List<Rule> rules = SchemaReader.read(schema);
    int[] needs = checked(needs(rules), depthMax);
    return new Machine(ProgramWriter.write(rules, needs), depthMax);
  }

  /** Free text that may go on with a mark, a value and another mark. */
  static Machine calls(String open, Map<String, ?> schema, String close) {
    List<Rule> rules = SchemaReader.read(schema);
    int[] needs = checked(needs(rules), DEPTH_MAX);
    return new Machine(ProgramWriter.writeCall(open, rules, needs, close), DEPTH_MAX);
  }

  /**
   * Says whether a schema can be compiled, for whichever vocabulary.
   *
   * @throws IllegalArgumentException as the constructor does
   */
  public static void check(Map<String, ?> schema) {
    Machine machine = machine(schema, DEPTH_MAX);
    assert !machine.begin().isDead();
  }

  private static int[] checked(int[] needs, int depthMax) {
    // The frame of the whole is one of them.
    if (needs[0] >= depthMax) {
      throw new IllegalArgumentException(
          needs[0] >= ENDLESS
              ? "no finite value fits the schema"
              : "the schema asks for values nested more than " + depthMax + " deep");
    }
    return needs;
  }

  @Override
  public TokenConstraint begin() {
    return new ShapeWalk(masks);
  }

  /** How deep the shallowest value of each rule nests, the value itself included. */
  private static int[] needs(List<Rule> rules) {
    int[] needs = new int[rules.size()];
    Arrays.fill(needs, ENDLESS);
    boolean isChanged = true;
    while (isChanged) {
      isChanged = false;
      // What a rule consists of has higher numbers, mostly.
      for (int i = needs.length - 1; i >= 0; i--) {
        int need = Math.min(ENDLESS, 1 + within(rules.get(i), needs));
        isChanged |= need < needs[i];
        needs[i] = Math.min(need, needs[i]);
      }
    }
    return needs;
  }

  private static int within(Rule rule, int[] needs) {
    return switch (rule) {
      case Rule.Texts texts -> 0;
      case Rule.Text text -> 0;
      case Rule.Numeral numeral -> 0;
      case Rule.Free free -> 0;
      case Rule.Array(int item, int min, int max) -> min == 0 ? 0 : needs[item];
      case Rule.Members(List<Rule.Member> members) ->
          members.stream()
              .filter(Rule.Member::isRequired)
              .mapToInt(member -> needs[member.value()])
              .max()
              .orElse(0);
      case Rule.OneOf(List<Integer> choices) ->
          choices.stream().mapToInt(choice -> needs[choice]).min().orElse(ENDLESS);
    };
  }
}
