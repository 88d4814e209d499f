package dev.palimpsest.engine.schema;

import dev.palimpsest.engine.sample.TokenConstraint;
import dev.palimpsest.engine.sample.TokenRules;
import java.util.Map;

/**
 * Lets a generation write what it likes, and once it has written a mark, nothing but one JSON value
 * of a schema and another mark, with which it ends: a model decides itself whether it calls a tool,
 * and the call is one. A line end may stand on either side of the value. For any thread.
 */
public final class CallShape implements TokenRules {
  private final Masks masks;

  /**
   * Compiles a schema.
   *
   * @param open the first mark; its first character stands nowhere else in it
   * @param schema of the value, as in {@link JsonShape}
   * @param close the last mark
   * @throws IllegalArgumentException as {@link JsonShape} does
   */
  public CallShape(String open, Map<String, ?> schema, String close, TokenOrder tokens) {
    if (open.isEmpty() || open.indexOf(open.charAt(0), 1) >= 0 || open.charAt(0) > 0x7F) {
      throw new IllegalArgumentException(
          "the first mark begins with an ASCII character of its own");
    }
    this.masks = new Masks(JsonShape.calls(open, schema, close), tokens);
  }

  @Override
  public TokenConstraint begin() {
    return new ShapeWalk(masks);
  }
}
