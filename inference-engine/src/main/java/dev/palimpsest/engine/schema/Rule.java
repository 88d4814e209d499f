package dev.palimpsest.engine.schema;

import java.util.List;

/** What a value may be; other values are named by the numbers of their rules. */
sealed interface Rule {
  /** Stands for no limit. */
  int UNLIMITED = Integer.MAX_VALUE;

  /**
   * One of some texts, as they are written.
   *
   * @param texts at least one
   */
  record Texts(List<String> texts) implements Rule {}

  /** A string of so many characters. */
  record Text(int min, int max) implements Rule {}

  /**
   * A number.
   *
   * @param isWhole without fraction and exponent
   */
  record Numeral(boolean isWhole) implements Rule {}

  /** An array of so many values. */
  record Array(int item, int min, int max) implements Rule {}

  /** An object with these members, in this order. */
  record Members(List<Member> members) implements Rule {}

  /** A member of an object. */
  record Member(String name, int value, boolean isRequired) {}

  /** An object of any members with values of one kind. */
  record Free(int value) implements Rule {}

  /**
   * One of several.
   *
   * @param rules at least one
   */
  record OneOf(List<Integer> rules) implements Rule {}
}
