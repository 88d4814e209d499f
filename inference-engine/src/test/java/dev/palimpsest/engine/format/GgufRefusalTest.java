package dev.palimpsest.engine.format;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One test for each thing that a header can get wrong: the field, its offset, the words. */
final class GgufRefusalTest {
  @TempDir private Path folder;

  private final GgufWriter model =
      new GgufWriter()
          .string("name", "tiny")
          .flag("flag", true)
          .strings("words", List.of("one", "two"))
          .flags("flags", true, false)
          .tensor("a", 0, Shape.of(4, 8), new byte[128])
          .tensor("b", 8, Shape.of(2, 32), new byte[68])
          .tensor("c", 99, Shape.of(3), new byte[9]);

  @Test
  void anotherMagicIsRefused() throws IOException {
    assertRefused("magic", "does not begin with GGUF", patched("magic", 'G', 'G', 'M', 'L'));
  }

  @Test
  void anotherVersionIsRefusedByItsNumber() throws IOException {
    assertRefused("version", "version 2 or 3 expected, not 1", patched("version", 1));
    assertRefused("version", "version 2 or 3 expected, not 4", patched("version", 4));
    assertRefused("version", "4294967295", patched("version", 255, 255, 255, 255));
    open(patched("version", 2));
  }

  @Test
  void bigEndianFileIsRefused() throws IOException {
    assertRefused("version", "big-endian", patched("version", 0, 0, 0, 3));
  }

  @Test
  void countsBeyondTheLimitAreRefused() throws IOException {
    assertRefused(
        "metadata count", "4097 is more than 4096", patched("metadata count", 1, 16, 0, 0));
    assertRefused("tensor count", "65537 is more than 65536", patched("tensor count", 1, 0, 1, 0));
    assertRefused(
        "tensor count",
        "18446744073709551615 is more than",
        patched("tensor count", 255, 255, 255, 255, 255, 255, 255, 255));
  }

  @Test
  void countsBeyondTheFileAreRefused() throws IOException {
    assertRefused("metadata count", "4096 do not fit", patched("metadata count", 0, 16, 0, 0));
    assertRefused("tensor count", "65536 do not fit", patched("tensor count", 0, 0, 1, 0));
  }

  @Test
  void emptyKeyIsRefused() throws IOException {
    assertRefused("metadata key 0", "is empty", new GgufWriter().u32("", 1), " key length");
  }

  @Test
  void keyThatComesTwiceIsRefused() throws IOException {
    GgufWriter twice = new GgufWriter().u32("same", 1).u32("other", 2).u32("same", 3);
    int second = twice.fields().get(twice.fields().size() - 4).offset();
    assertRefused("same", "is there twice", twice.bytes(), second);
  }

  @Test
  void keyMayBeAsLongAsTheLimitAndNoLonger() throws IOException {
    String longest = "k".repeat(Metadata.KEY_BYTES_MAX);
    open(new GgufWriter().u32(longest, 1).bytes());
    GgufWriter longer = new GgufWriter().u32(longest + "k", 1);
    assertRefused("metadata key 0 length", "1025 is more than 1024", longer.bytes(), 24);
  }

  @Test
  void keyThatIsNoUtf8IsRefusedAtItsFirstBrokenByte() throws IOException {
    int offset = model.field("name key").offset();
    byte[] bytes = patched("name key", 'n', 0xc3, 'm', 'e');
    assertRefused("metadata key 0", "is not UTF-8", bytes, offset + 1);
  }

  @Test
  void brokenUtf8OfEveryKindIsRefused() throws IOException {
    int[][] broken = {
      {0x80, 'a', 'a', 'a'}, // a continuation without a lead
      {0xc1, 0x80, 'a', 'a'}, // overlong, two bytes
      {0xe0, 0x9f, 0x80, 'a'}, // overlong, three bytes
      {0xed, 0xa0, 0x80, 'a'}, // a surrogate
      {0xf0, 0x8f, 0x80, 0x80}, // overlong, four bytes
      {0xf4, 0x90, 0x80, 0x80}, // beyond U+10FFFF
      {0xf5, 0x80, 0x80, 0x80},
      {'a', 'a', 'a', 0xe2}, // cut off
    };
    for (int[] bytes : broken) {
      ModelFormatException e =
          assertThrows(ModelFormatException.class, () -> open(patched("name", bytes)));
      assertEquals("name", e.field());
    }
    open(patched("name", 0xf4, 0x8f, 0xbf, 0xbf));
    open(patched("name", 0xed, 0x9f, 0xbf, 'a'));
  }

  @Test
  void unknownValueTypeIsRefused() throws IOException {
    assertRefused("name type", "13 is no value type", patched("name type", 13, 0, 0, 0));
    assertRefused("words element type", "14 is no", patched("words element type", 14, 0, 0, 0));
  }

  @Test
  void arrayOfArraysIsRefused() throws IOException {
    assertRefused(
        "words",
        "array of arrays",
        patched("words element type", 9, 0, 0, 0),
        model.field("words element type").offset());
  }

  @Test
  void boolThatIsNeitherZeroNorOneIsRefused() throws IOException {
    assertRefused("flag", "0 or 1, not 2", patched("flag", 2));
    int second = model.field("flags[1]").offset();
    assertRefused("flags", "0 or 1, not 255", patched("flags[1]", 255), second);
  }

  @Test
  void stringMustEndInTheFileAndBelowTheLimit() throws IOException {
    assertRefused("name length", "do not fit", patched("name length", 0, 0, 1, 0));
    assertRefused("name length", "16777217 is more than", patched("name length", 1, 0, 0, 1));
    int second = model.field("words[1] length").offset();
    assertRefused("words length", "do not fit", patched("words[1] length", 0, 0, 1, 0), second);
  }

  @Test
  void arrayMustEndInTheFileAndBelowTheLimit() throws IOException {
    assertRefused("words count", "do not fit", patched("words count", 0, 0, 1, 0));
    assertRefused("words count", "16777217 is more than", patched("words count", 1, 0, 0, 1));
  }

  @Test
  void alignmentMustBeAPowerOfTwoInItsRange() throws IOException {
    for (int wrong : new int[] {0, 4, 24, 2 << 20, -1}) {
      GgufWriter aligned = new GgufWriter().u32("general.alignment", wrong);
      assertRefused("general.alignment", "a power of two from 8", aligned, "general.alignment");
    }
    open(new GgufWriter().alignment(8).bytes());
    open(new GgufWriter().alignment(1 << 20).bytes());
    GgufWriter word = new GgufWriter().string("general.alignment", "32");
    assertRefused("general.alignment", "is STRING", word, "general.alignment length");
  }

  @Test
  void tensorNameMustBeThereOnceAndBelowTheLimit() throws IOException {
    Shape one = Shape.of(1);
    String longest = "t".repeat(TensorTable.NAME_BYTES_MAX);
    open(new GgufWriter().tensor(longest, one, 1).bytes());
    GgufWriter longer = new GgufWriter().tensor(longest + "t", one, 1);
    assertRefused("tensor 0 name length", "257 is more than 256", longer.bytes(), 24);
    assertRefused("tensor 0 name", "is empty", new GgufWriter().tensor("", one, 1), " length");
    assertRefused("a", "is there twice", patched("b", 'a'), model.field("b length").offset());
    assertRefused("tensor 1 name", "is not UTF-8", patched("b", 0xff), model.field("b").offset());
  }

  @Test
  void tensorHasOneToFourDimensions() throws IOException {
    assertRefused("a dimensions", "1 to 4 expected, not 0", patched("a dimensions", 0));
    assertRefused("a dimensions", "1 to 4 expected, not 5", patched("a dimensions", 5));
  }

  @Test
  void dimensionMustBePositiveAndTheirProductCountable() throws IOException {
    assertRefused("a dimension 1", "is 0", patched("a dimension 1", 0));
    assertRefused(
        "a dimension 0", "is more than", patched("a dimension 0", 0, 0, 0, 0, 0, 0, 0, 128));
    assertRefused(
        "a dimension 1",
        "the elements are beyond counting",
        patched("a dimension 1", 0, 0, 0, 0, 0, 0, 0, 32));
  }

  @Test
  void bytesOfATensorMustBeCountable() throws IOException {
    byte[] bytes = patched("a dimension 1", 0, 0, 0, 0, 0, 0, 0, 4);
    assertRefused("a type", "as F32 its bytes are beyond counting", bytes);
  }

  @Test
  void rowMustBeAWholeNumberOfBlocks() throws IOException {
    assertRefused("b type", "rows of 48 elements are no whole", patched("b dimension 0", 48));
  }

  @Test
  void everyTypeNeedsWholeBlocksAndAllOfThem() throws IOException {
    for (DType type : DType.values()) {
      int columns = 2 * type.blockElements();
      int bytes = Math.toIntExact(3 * type.bytes(columns));
      Shape shape = Shape.of(3, columns);
      GgufWriter whole = new GgufWriter().tensor("w", type.ggmlId(), shape, new byte[bytes]);
      open(whole.bytes());
      GgufWriter cut = new GgufWriter().tensor("w", type.ggmlId(), shape, new byte[bytes - 1]);
      assertRefused("w", "has " + bytes + " bytes from 0", cut, "w length");
      if (type.blockElements() > 1) {
        Shape odd = Shape.of(3, columns - 1);
        GgufWriter part = new GgufWriter().tensor("w", type.ggmlId(), odd, new byte[bytes]);
        String words = "rows of " + (columns - 1) + " elements are no whole number of " + type;
        assertRefused("w type", words, part, "w type");
      }
    }
  }

  @Test
  void tensorMustBeAlignedAndInsideTheFile() throws IOException {
    assertRefused("b offset", "129 is no multiple of 32", patched("b offset", 129));
    int line = model.field("b length").offset();
    assertRefused("b", "the file ends at", patched("b offset", 0, 0, 0, 1), line);
    assertRefused("b", "has 102 bytes", patched("b dimension 1", 3), line, 32);
    int last = model.field("c length").offset();
    assertRefused("c", "the file ends at", patched("c offset", 0, 4), last);
    byte[] far = patched("b offset", 224, 255, 255, 255, 255, 255, 255, 127);
    assertRefused("b", "the file ends at", far, line);
  }

  @Test
  void tensorsMustNotShareBytes() throws IOException {
    int b = model.field("b length").offset();
    assertRefused("b", "lies over the bytes of a", patched("b offset", 96), b);
    int c = model.field("c length").offset();
    assertRefused("c", "lies over the bytes of b", patched("c offset", 160), c);
    assertRefused("c", "lies over the bytes of a", patched("c offset", 0), c);
  }

  @Test
  void fileThatIsMissingEmptyOrAFolderIsRefused() throws IOException {
    Path missing = folder.resolve("missing.gguf");
    assertTrue(refusal(missing).getMessage().contains("NoSuchFileException"));
    assertEquals("file", refusal(folder).field());
    Path empty = Files.createFile(folder.resolve("empty.gguf"));
    assertEquals("magic", refusal(empty).field());
    assertTrue(refusal(empty).getMessage().contains("the file ends here"));
  }

  /** The model with the first bytes of a field replaced. */
  private byte[] patched(String field, int... values) {
    byte[] bytes = model.bytes();
    for (int i = 0; i < values.length; i++) {
      bytes[model.field(field).offset() + i] = (byte) values[i];
    }
    return bytes;
  }

  private void assertRefused(String field, String words, byte[] bytes) throws IOException {
    assertRefused(field, words, bytes, model.field(field).offset());
  }

  private void assertRefused(String field, String words, GgufWriter writer, String at)
      throws IOException {
    assertRefused(field, words, writer.bytes(), writer.field(at).offset());
  }

  /** The same of a file that has lost its last bytes. */
  private void assertRefused(String field, String words, byte[] bytes, int offset, int lost)
      throws IOException {
    assertRefused(field, words, java.util.Arrays.copyOf(bytes, bytes.length - lost), offset);
  }

  private void assertRefused(String field, String words, byte[] bytes, int offset)
      throws IOException {
    ModelFormatException e = assertThrows(ModelFormatException.class, () -> open(bytes));
    assertEquals(field, e.field(), e::getMessage);
    assertEquals(offset, e.offset(), e::getMessage);
    assertTrue(e.getMessage().contains(words), e::getMessage);
    assertDoesNotThrow(() -> open(model.bytes()));
  }

  private void open(byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve("model.gguf"), bytes);
    try (Arena arena = Arena.ofConfined()) {
      assertEquals(bytes.length, Gguf.open(file, arena).bytes());
    }
  }

  private static ModelFormatException refusal(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      return assertThrows(ModelFormatException.class, () -> Gguf.open(file, arena));
    }
  }
}
