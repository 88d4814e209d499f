package dev.palimpsest.runtime.bridge;

import java.util.List;

/**
 * A tool as a model is told of it.
 *
 * @param name by which it is called
 * @param description what it does
 * @param parameters JSON schema of its arguments, as text
 */
public record ToolFace(String name, String description, String parameters) {
  /**
   * Refuses what no call can be held to.
   *
   * @throws IllegalArgumentException naming the keyword of the schema, or what else is wrong
   */
  public void check() {
    ToolFormat.check(this);
  }

  /**
   * Refuses tools that together are more than a call can be held to, although none is by itself.
   *
   * @throws IllegalArgumentException saying what is too much
   */
  public static void check(List<ToolFace> tools) {
    ToolFormat.check(tools);
  }
}
