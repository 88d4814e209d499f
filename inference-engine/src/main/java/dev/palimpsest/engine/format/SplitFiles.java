package dev.palimpsest.engine.format;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the parts of a model that was split. The first part's name ends with {@code
 * -00001-of-00003.gguf}, the others' with their own number; each says in {@code split.no}, from 0,
 * which it is and in {@code split.count} how many there are. {@code split.tensors.count}, where it
 * stands, is the number of tensors of all.
 */
final class SplitFiles {
  /** The most parts a model may have. */
  static final int PARTS_MAX = 1_024;

  static final String NUMBER_KEY = "split.no";
  static final String COUNT_KEY = "split.count";
  static final String TENSORS_KEY = "split.tensors.count";

  private SplitFiles() {}

  /** The part and those that follow it; the part alone where the model is not split. */
  static List<GgufPart> all(GgufPart first, Arena arena) {
    int count = count(first.metadata());
    if (count == 1) {
      return List.of(first);
    }
    long number = first.metadata().number(NUMBER_KEY);
    if (number != 0) {
      throw first
          .metadata()
          .refuse(
              NUMBER_KEY,
              "is " + number + ": this is not the first part of the model; open that one");
    }
    String name = String.valueOf(first.file().getFileName());
    String ending = ending(0, count);
    if (!name.endsWith(ending)) {
      throw first
          .metadata()
          .refuse(COUNT_KEY, "with " + count + " parts the name of the first ends with " + ending);
    }
    String stem = name.substring(0, name.length() - ending.length());
    List<GgufPart> parts = new ArrayList<>(List.of(first));
    for (int i = 1; i < count; i++) {
      parts.add(part(first.file().resolveSibling(stem + ending(i, count)), i, count, arena));
    }
    return List.copyOf(parts);
  }

  /** Tools that join parts leave a count of 0 behind. */
  private static int count(Metadata metadata) {
    long count = metadata.numberOr(COUNT_KEY, 1);
    if (count < 0 || count > PARTS_MAX) {
      throw metadata.refuse(COUNT_KEY, count + " is not within 0 to " + PARTS_MAX);
    }
    return (int) Math.max(1, count);
  }

  private static String ending(int number, int count) {
    return String.format(java.util.Locale.ROOT, "-%05d-of-%05d.gguf", number + 1, count);
  }

  private static GgufPart part(Path file, int number, int count, Arena arena) {
    if (!Files.exists(file)) {
      throw new ModelFormatException(
          file, 0, "file", "is missing: part " + (number + 1) + " of " + count);
    }
    GgufPart part = GgufPart.open(file, arena);
    check(part.metadata(), NUMBER_KEY, number);
    check(part.metadata(), COUNT_KEY, count);
    return part;
  }

  private static void check(Metadata metadata, String key, long expected) {
    long found = metadata.number(key);
    if (found != expected) {
      throw metadata.refuse(key, "is " + found + ", " + expected + " expected after its name");
    }
  }

  /** Checks the number of tensors in all parts. */
  static void checkTensorCount(Metadata first, int found) {
    if (count(first) > 1 && first.numberOr(TENSORS_KEY, found) != found) {
      throw first.refuse(
          TENSORS_KEY, "is " + first.number(TENSORS_KEY) + ", the parts have " + found);
    }
  }
}
