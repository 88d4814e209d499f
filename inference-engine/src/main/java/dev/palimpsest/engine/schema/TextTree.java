package dev.palimpsest.engine.schema;

import dev.palimpsest.engine.schema.Program.Op;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * Writes a choice between texts as a tree of their bytes, so that only as many ways are open at
 * once as there are bytes that may come next.
 */
final class TextTree {
  private final Program program;
  private final List<byte[]> texts;
  private final List<Integer> ends = new ArrayList<>();

  private TextTree(Program program, List<byte[]> texts) {
    this.program = program;
    this.texts = texts;
  }

  /** Reads one of at least one text, and goes on behind what is written here. */
  static void write(Program program, Collection<String> texts) {
    List<byte[]> sorted =
        texts.stream()
            .distinct()
            .map(text -> text.getBytes(StandardCharsets.UTF_8))
            .sorted(Arrays::compareUnsigned)
            .toList();
    TextTree tree = new TextTree(program, sorted);
    tree.write(0, sorted.size(), 0);
    tree.ends.forEach(end -> program.aim(end, program.here(), 0));
  }

  /** Texts that begin alike; nested as deep as a text is the beginning of others, or a fork. */
  private void write(int low, int high, int known) {
    byte[] least = texts.get(low);
    int common = common(least, texts.get(high - 1));
    program.readText(least, known, common);
    int next = low;
    if (least.length == common) {
      int split = low + 1 < high ? program.add(Op.SPLIT, 0) : -1;
      ends.add(program.add(Op.JUMP, 0));
      if (split >= 0) {
        program.aim(split, split + 1, program.here());
      }
      next++;
    }
    while (next < high) {
      int same = sameByte(next, high, common);
      int split = same < high ? program.add(Op.SPLIT, 0) : -1;
      write(next, same, common);
      if (split >= 0) {
        program.aim(split, split + 1, program.here());
      }
      next = same;
    }
  }

  private static int common(byte[] one, byte[] other) {
    int mismatch = Arrays.mismatch(one, other);
    return mismatch < 0 ? one.length : mismatch;
  }

  /** Behind the last text that goes on with the same byte as the first. */
  private int sameByte(int low, int high, int at) {
    int next = low + 1;
    while (next < high && texts.get(next)[at] == texts.get(low)[at]) {
      next++;
    }
    return next;
  }
}
