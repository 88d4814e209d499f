package dev.palimpsest.engine.schema;

import dev.palimpsest.engine.schema.Program.Op;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes rules as a {@link Program}. Members come in their order and without line ends; one space
 * may follow a colon or a comma, and one may come before everything. Where a way is chosen that
 * needs more nesting than is left, it is not gone at all.
 */
final class ProgramWriter {
  /** So that every number is read back as it was written. */
  private static final int WHOLE_DIGITS_MAX = 15;

  private static final int FRACTION_DIGITS_MAX = 10;
  private static final int EXPONENT_DIGITS_MAX = 2;

  private final int[] needs;
  private final Program program;

  private ProgramWriter(int rules, int[] needs) {
    this.needs = needs;
    this.program = new Program(rules);
  }

  /**
   * Writes all rules; the program begins with rule 0 at step 0.
   *
   * @param needs how many subroutines each rule nests at least, itself included
   */
  static Program write(List<Rule> rules, int[] needs) {
    ProgramWriter writer = new ProgramWriter(rules.size(), needs);
    writer.optional(' ');
    writer.program.add(Op.CALL, 0);
    writer.program.add(Op.DONE, 0);
    return writer.withRules(rules);
  }

  /** Writes free text that may end anywhere, or go on with a mark, rule 0 and another mark. */
  static Program writeCall(String open, List<Rule> rules, int[] needs, String close) {
    ProgramWriter writer = new ProgramWriter(rules.size(), needs);
    writer.writeUntil(open.getBytes(StandardCharsets.UTF_8));
    writer.optional('\n');
    writer.program.add(Op.CALL, 0);
    writer.optional('\n');
    writer.program.readText(close.getBytes(StandardCharsets.UTF_8));
    writer.program.add(Op.DONE, 0);
    return writer.withRules(rules);
  }

  private Program withRules(List<Rule> rules) {
    for (int rule = 0; rule < rules.size(); rule++) {
      program.start(rule);
      write(rules.get(rule));
    }
    return program.finished();
  }

  /**
   * One place for each beginning of the mark that was just read. Whatever does not lengthen it
   * leads back to its first character, which stands nowhere else in it, or to none.
   */
  private void writeUntil(byte[] mark) {
    int[] places = new int[mark.length];
    for (int read = 0; read < mark.length; read++) {
      places[read] = program.here();
      int end = program.add(Op.SPLIT, 0);
      program.add(Op.DONE, 0);
      int longer = program.add(Op.SPLIT, 0);
      program.aim(end, end + 1, longer);
      program.readText(mark, read, read + 1);
      int lengthened = program.add(Op.JUMP, 0);
      program.aim(longer, longer + 1, program.here());
      if (read > 0) {
        int anew = program.add(Op.SPLIT, 0);
        program.readText(mark, 0, 1);
        program.add(Op.JUMP, places[1]);
        program.aim(anew, anew + 1, program.here());
      }
      program.read(ByteSet.allBut(mark[0], mark[read]));
      program.add(Op.JUMP, places[0]);
      program.aim(lengthened, program.here(), 0);
    }
  }

  private void write(Rule rule) {
    switch (rule) {
      case Rule.Texts(List<String> texts) -> writeTexts(texts);
      case Rule.Text(int min, int max) -> writeText(min, max);
      case Rule.Numeral(boolean isWhole) -> writeNumeral(isWhole);
      case Rule.Array(int item, int min, int max) -> writeList('[', ']', null, item, min, max);
      case Rule.Free(int value) ->
          writeList('{', '}', new Rule.Text(0, Rule.UNLIMITED), value, 0, Rule.UNLIMITED);
      case Rule.Members(List<Rule.Member> members) -> writeMembers(members);
      case Rule.OneOf(List<Integer> choices) -> {
        for (int i = 0; i < choices.size(); i++) {
          int choice = choices.get(i);
          boolean isLast = i == choices.size() - 1;
          int split = isLast ? -1 : program.add(Op.SPLIT, 0);
          int way = program.here();
          program.add(Op.ROOM, needs[choice]);
          program.add(Op.CALL, choice);
          program.add(Op.RETURN, 0);
          if (!isLast) {
            program.aim(split, way, program.here());
          }
        }
      }
    }
  }

  /** A space or none. */
  private void space() {
    optional(' ');
  }

  private void optional(char space) {
    int split = program.add(Op.SPLIT, 0);
    program.readRanges(space, space);
    program.aim(split, split + 1, program.here());
  }

  private void writeTexts(List<String> texts) {
    TextTree.write(program, texts);
    program.add(Op.RETURN, 0);
  }

  /** A string with a counter of characters: what a number is not limited by is not counted. */
  private void writeText(int min, int max) {
    writeString(min, max);
    program.add(Op.RETURN, 0);
  }

  private void writeString(int min, int max) {
    program.readRanges('"', '"');
    int more = program.add(Op.SPLIT, 0);
    program.add(Op.BELOW, max);
    int[][] characters = Characters.SEQUENCES;
    int[] jumps = new int[characters.length];
    for (int i = 0; i < characters.length; i++) {
      boolean isLast = i == characters.length - 1;
      int split = isLast ? -1 : program.add(Op.SPLIT, 0);
      int way = program.here();
      Characters.write(program, characters[i]);
      jumps[i] = program.add(Op.JUMP, 0);
      if (!isLast) {
        program.aim(split, way, program.here());
      }
    }
    int counted = program.add(Op.COUNT, max == Rule.UNLIMITED ? min : max);
    program.add(Op.JUMP, more);
    for (int jump : jumps) {
      program.aim(jump, counted, 0);
    }
    program.aim(more, more + 1, program.here());
    program.add(Op.AT_LEAST, min);
    program.readRanges('"', '"');
  }

  private void writeNumeral(boolean isWhole) {
    int sign = program.add(Op.SPLIT, 0);
    program.readRanges('-', '-');
    program.aim(sign, sign + 1, program.here());
    int zero = program.add(Op.SPLIT, 0);
    program.readRanges('0', '0');
    int afterZero = program.add(Op.JUMP, 0);
    program.aim(zero, zero + 1, program.here());
    program.readRanges('1', '9');
    digits(0, WHOLE_DIGITS_MAX - 1);
    program.aim(afterZero, program.here(), 0);
    if (!isWhole) {
      int point = program.add(Op.SPLIT, 0);
      program.readRanges('.', '.');
      digits(1, FRACTION_DIGITS_MAX);
      program.aim(point, point + 1, program.here());
      int exponent = program.add(Op.SPLIT, 0);
      program.readRanges('e', 'e', 'E', 'E');
      int signed = program.add(Op.SPLIT, 0);
      program.readRanges('-', '-', '+', '+');
      program.aim(signed, signed + 1, program.here());
      digits(1, EXPONENT_DIGITS_MAX);
      program.aim(exponent, exponent + 1, program.here());
    }
    program.add(Op.RETURN, 0);
  }

  private void digits(int min, int max) {
    int[] splits = new int[max - min];
    for (int i = 0; i < max; i++) {
      if (i >= min) {
        splits[i - min] = program.add(Op.SPLIT, 0);
      }
      program.readRanges('0', '9');
    }
    for (int split : splits) {
      program.aim(split, split + 1, program.here());
    }
  }

  /** Values between brackets, each after a name where names are given. */
  private void writeList(
      char open, char close, Rule.@Nullable Text name, int item, int min, int max) {
    program.readRanges(open, open);
    int whether = program.add(Op.SPLIT, 0);
    program.add(Op.BELOW, max);
    program.add(Op.ROOM, needs[item]);
    int item0 = program.here();
    if (name != null) {
      writeString(name.min(), name.max());
      program.readRanges(':', ':');
      space();
    }
    program.add(Op.CALL, item);
    program.add(Op.COUNT, max == Rule.UNLIMITED ? min : max);
    int more = program.add(Op.SPLIT, 0);
    program.add(Op.BELOW, max);
    program.add(Op.ROOM, needs[item]);
    program.readRanges(',', ',');
    space();
    program.add(Op.JUMP, item0);
    program.aim(whether, whether + 1, program.here());
    program.aim(more, more + 1, program.here());
    program.add(Op.AT_LEAST, min);
    program.readRanges(close, close);
    program.add(Op.RETURN, 0);
  }

  /**
   * Written twice where it is not sure whether a member comes before: without a comma, as long as
   * all members before are optional, and with one.
   */
  private void writeMembers(List<Rule.Member> members) {
    program.readRanges('{', '{');
    int count = members.size();
    int[] afterFirst = new int[count];
    int firsts = 0;
    boolean mayBeEmpty = true;
    while (firsts < count && mayBeEmpty) {
      mayBeEmpty = !members.get(firsts).isRequired();
      int split = mayBeEmpty ? program.add(Op.SPLIT, 0) : -1;
      writeMember(members.get(firsts), false);
      afterFirst[firsts++] = program.add(Op.JUMP, 0);
      if (split >= 0) {
        program.aim(split, split + 1, program.here());
      }
    }
    int empty = mayBeEmpty ? program.add(Op.JUMP, 0) : -1;
    for (int i = 1; i <= count; i++) {
      if (i <= firsts) {
        program.aim(afterFirst[i - 1], program.here(), 0);
      }
      if (i < count) {
        writeOther(members.get(i));
      }
    }
    if (empty >= 0) {
      program.aim(empty, program.here(), 0);
    }
    program.readRanges('}', '}');
    program.add(Op.RETURN, 0);
  }

  private void writeOther(Rule.Member member) {
    int split = member.isRequired() ? -1 : program.add(Op.SPLIT, 0);
    writeMember(member, true);
    if (split >= 0) {
      program.aim(split, split + 1, program.here());
    }
  }

  private void writeMember(Rule.Member member, boolean hasComma) {
    program.add(Op.ROOM, needs[member.value()]);
    if (hasComma) {
      program.readRanges(',', ',');
      space();
    }
    program.readText(JsonWriter.text(member.name()).getBytes(StandardCharsets.UTF_8));
    program.readRanges(':', ':');
    space();
    program.add(Op.CALL, member.value());
  }
}
