package dev.palimpsest.engine.schema;

import dev.palimpsest.engine.schema.Program.Op;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes the rules of a grammar as a {@link Program}. Each rule is a subroutine, and so is each
 * part whose repetitions are counted, for a subroutine has one counter. What stands last in a
 * subroutine takes its place, so that a list that is written as a recursion at its end nests
 * nothing. Where a way is chosen that needs more nesting than is left, it is not gone at all.
 */
final class GrammarWriter {
  private final GrammarRules rules;
  private final boolean[] empties;
  private final int[] needs;
  private final Program program;

  /** Where each set of characters was written first. */
  private final Map<CodePoints, Stretch> letters = new HashMap<>();

  /** Counted parts that were called and are not written yet. */
  private final List<Phrase.Repeat> counted = new ArrayList<>();

  private record Stretch(int from, int to) {}

  private GrammarWriter(GrammarRules rules, boolean[] empties, int[] needs) {
    this.rules = rules;
    this.empties = empties;
    this.needs = needs;
    int repeats = rules.phrases().stream().mapToInt(GrammarWriter::repeats).sum();
    this.program = new Program(rules.phrases().size() + repeats);
  }

  private static int repeats(Phrase phrase) {
    return switch (phrase) {
      case Phrase.Text text -> 0;
      case Phrase.Letter letter -> 0;
      case Phrase.Name name -> 0;
      case Phrase.Sequence(List<Phrase> parts) ->
          parts.stream().mapToInt(GrammarWriter::repeats).sum();
      case Phrase.Choice(List<Phrase> ways) -> ways.stream().mapToInt(GrammarWriter::repeats).sum();
      case Phrase.Repeat(Phrase part, int min, int max) -> 1 + repeats(part);
    };
  }

  /** Writes all rules; the program begins with rule 0 at step 0. */
  static Program write(GrammarRules rules, boolean[] empties, int[] needs) {
    GrammarWriter writer = new GrammarWriter(rules, empties, needs);
    Program program = writer.program;
    program.add(Op.CALL, 0);
    program.add(Op.DONE, 0);
    for (int rule = 0; rule < rules.phrases().size(); rule++) {
      program.start(rule);
      writer.write(rules.phrases().get(rule), true);
      program.add(Op.RETURN, 0);
    }
    for (int i = 0; i < writer.counted.size(); i++) {
      program.start(rules.phrases().size() + i);
      writer.writeCounted(writer.counted.get(i));
    }
    return program.finished();
  }

  /**
   * Writes a phrase, to be gone on behind.
   *
   * @param isLast whether the subroutine ends behind it
   */
  private void write(Phrase phrase, boolean isLast) {
    switch (phrase) {
      case Phrase.Text(String text) -> TextTree.write(program, List.of(text));
      case Phrase.Letter(CodePoints set) -> writeLetter(set);
      case Phrase.Name(int rule) -> program.add(isLast ? Op.TAIL : Op.CALL, rule);
      case Phrase.Sequence(List<Phrase> parts) -> {
        for (int i = 0; i < parts.size(); i++) {
          write(parts.get(i), isLast && i == parts.size() - 1);
        }
      }
      case Phrase.Choice(List<Phrase> ways) -> writeChoice(ways, isLast);
      case Phrase.Repeat repeat -> {
        if (repeat.isCounted()) {
          counted.add(repeat);
          program.add(isLast ? Op.TAIL : Op.CALL, rules.phrases().size() + counted.size() - 1);
        } else {
          writeRepeat(repeat);
        }
      }
    }
  }

  private void writeLetter(CodePoints set) {
    Stretch known = letters.get(set);
    if (known != null) {
      program.repeat(known.from, known.to);
      return;
    }
    int from = program.here();
    LetterWriter.write(program, set);
    letters.put(set, new Stretch(from, program.here()));
  }

  /** Ways that are plain texts are one. */
  private void writeChoice(List<Phrase> ways, boolean isLast) {
    List<String> texts = new ArrayList<>();
    List<Phrase> others = new ArrayList<>();
    for (Phrase way : ways) {
      if (way instanceof Phrase.Text(String text)) {
        texts.add(text);
      } else {
        others.add(way);
      }
    }
    List<Integer> ends = new ArrayList<>();
    for (int i = 0; i < others.size(); i++) {
      boolean isMore = i < others.size() - 1 || !texts.isEmpty();
      int split = isMore ? program.add(Op.SPLIT, 0) : -1;
      room(others.get(i));
      write(others.get(i), isLast);
      ends.add(program.add(isLast ? Op.RETURN : Op.JUMP, 0));
      if (split >= 0) {
        program.aim(split, split + 1, program.here());
      }
    }
    if (!texts.isEmpty()) {
      TextTree.write(program, texts);
    }
    ends.forEach(end -> program.aim(end, program.here(), 0));
  }

  private void room(Phrase phrase) {
    int need = GrammarRules.need(phrase, needs);
    if (need > 0) {
      program.add(Op.ROOM, need);
    }
  }

  /** At most once, or without an end. */
  private void writeRepeat(Phrase.Repeat repeat) {
    if (repeat.max() == 0) {
      return;
    }
    int enter = repeat.min() == 0 ? program.add(Op.SPLIT, 0) : -1;
    if (enter >= 0) {
      room(repeat.part());
    }
    int body = program.here();
    write(repeat.part(), false);
    if (repeat.max() == Phrase.UNLIMITED) {
      int again = program.add(Op.SPLIT, 0);
      room(repeat.part());
      program.add(Op.JUMP, body);
      program.aim(again, again + 1, program.here());
    }
    if (enter >= 0) {
      program.aim(enter, enter + 1, program.here());
    }
  }

  /** A part that can say nothing can be said as often as is wanted. */
  private void writeCounted(Phrase.Repeat repeat) {
    int min = GrammarRules.isEmpty(repeat.part(), empties) ? 0 : repeat.min();
    int again = program.add(Op.SPLIT, 0);
    program.add(Op.BELOW, repeat.max());
    room(repeat.part());
    write(repeat.part(), false);
    program.add(Op.COUNT, repeat.max() == Phrase.UNLIMITED ? min : repeat.max());
    program.add(Op.JUMP, again);
    program.aim(again, again + 1, program.here());
    program.add(Op.AT_LEAST, min);
    program.add(Op.RETURN, 0);
  }
}
