package dev.palimpsest.engine.schema;

import dev.palimpsest.engine.sample.TokenConstraint;
import dev.palimpsest.engine.sample.TokenRules;
import java.util.List;

/**
 * Lets a generation write one of some texts, and nothing else. What was found out in one generation
 * is known to all others under the same choices. For any thread.
 */
public final class Choices implements TokenRules {
  /** The most texts to choose from. */
  public static final int COUNT_MAX = 10_000;

  /** The most characters of all texts together, in UTF-16 units. */
  public static final int CHARACTERS_MAX = 1 << 16;

  private final Masks masks;

  /**
   * Compiles a list of texts.
   *
   * @throws IllegalArgumentException if there are none or too many, or one is empty or holds what
   *     no answer can hold
   */
  public Choices(List<String> texts, TokenOrder tokens) {
    check(texts);
    Program program = new Program(0);
    TextTree.write(program, texts);
    program.add(Program.Op.DONE, 0);
    this.masks = new Masks(new Machine(program.finished(), 1), tokens);
  }

  /**
   * Says whether a list of texts can be compiled, for whichever vocabulary.
   *
   * @throws IllegalArgumentException as the constructor does
   */
  public static void check(List<String> texts) {
    long characters = texts.stream().mapToLong(String::length).sum();
    if (texts.isEmpty() || texts.size() > COUNT_MAX || characters > CHARACTERS_MAX) {
      throw new IllegalArgumentException(
          "a choice is between 1 to "
              + COUNT_MAX
              + " texts of "
              + CHARACTERS_MAX
              + " characters together, not "
              + texts.size()
              + " of "
              + characters);
    }
    for (int i = 0; i < texts.size(); i++) {
      String text = texts.get(i);
      if (text.isEmpty() || !text.codePoints().allMatch(CodePoints.ALL::has)) {
        throw new IllegalArgumentException(
            "text " + (i + 1) + " is empty or holds a character that no answer can hold");
      }
    }
  }

  @Override
  public TokenConstraint begin() {
    return new ShapeWalk(masks);
  }
}
