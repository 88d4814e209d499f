package dev.palimpsest.engine.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Shape;
import dev.palimpsest.engine.tensor.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a reader gets from files that are right. */
final class GgufTest {
  private final Arena arena = Arena.ofConfined();

  @TempDir private Path folder;

  @AfterEach
  void unmap() {
    arena.close();
  }

  private Gguf open(GgufWriter writer) throws IOException {
    return Gguf.open(writer.write(folder.resolve("model.gguf")), arena);
  }

  @Test
  void tensorIsASliceOfTheFileWithItsShapeOutermostFirst() throws IOException {
    Gguf gguf =
        open(
            new GgufWriter()
                .tensor("first", Shape.of(1), 9)
                .tensor("second", Shape.of(2, 3), 1, 2, 3, 4, 5, 6));
    Tensor second = gguf.tensor("second");
    assertEquals(DType.F32, second.type());
    assertEquals(Shape.of(2, 3), second.shape());
    assertArrayEquals(
        new float[] {1, 2, 3, 4, 5, 6}, second.data().toArray(ValueLayout.JAVA_FLOAT));
    assertEquals(
        List.of("first", "second"), gguf.tensors().stream().map(TensorInfo::name).toList());
    assertTrue(gguf.find("third").isEmpty());
    ModelFormatException e = assertThrows(ModelFormatException.class, () -> gguf.tensor("third"));
    assertEquals("third", e.field());
  }

  @Test
  void tensorOfAnUnknownTypeIsListedAndRefusedWhenAskedFor() throws IOException {
    GgufWriter writer = new GgufWriter().tensor("odd", 41, Shape.of(2, 256), new byte[100]);
    Gguf gguf = open(writer);
    TensorInfo info = gguf.tensors().getFirst();
    assertEquals(41, info.ggmlId());
    assertTrue(info.type().isEmpty());
    assertTrue(info.bytes().isEmpty());
    ModelFormatException e = assertThrows(ModelFormatException.class, () -> gguf.find("odd"));
    assertEquals("odd", e.field());
    assertEquals(writer.field("odd length").offset(), e.offset());
    assertTrue(e.getMessage().contains("type 41"), e::getMessage);
  }

  @Test
  void numbersOfEveryTypeAreReadAsTheyWereWritten() throws IOException {
    byte[] ones = {-1, -1, -1, -1, -1, -1, -1, -1};
    GgufWriter writer =
        new GgufWriter()
            .raw("u8", 0, (byte) -2)
            .raw("i8", 1, (byte) -2)
            .raw("u16", 2, (byte) -2, (byte) -1)
            .raw("i16", 3, (byte) -2, (byte) -1)
            .u32("u32", -2)
            .raw("i32", 5, (byte) -2, (byte) -1, (byte) -1, (byte) -1)
            .f32("f32", 1.5f)
            .raw("u64", 10, ones)
            .raw("i64", 11, ones)
            .raw(
                "f64", 12, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) 0, (byte) -8,
                (byte) 63);
    Metadata metadata = open(writer).metadata();
    assertEquals(254, metadata.number("u8"));
    assertEquals(-2, metadata.number("i8"));
    assertEquals(65_534, metadata.number("u16"));
    assertEquals(-2, metadata.number("i16"));
    assertEquals(4_294_967_294L, metadata.number("u32"));
    assertEquals(-2, metadata.number("i32"));
    assertEquals(-1, metadata.number("i64"));
    assertEquals(1.5, metadata.real("f32"));
    assertEquals(1.5, metadata.realOr("f64", 0));
    ModelFormatException e = assertThrows(ModelFormatException.class, () -> metadata.number("u64"));
    assertEquals(writer.field("u64").offset(), e.offset());
  }

  @Test
  void textsAndArraysAreReadAsTheyWereWritten() throws IOException {
    Metadata metadata =
        open(new GgufWriter()
                .string("text", "gr\u00fc\u00df \ud83d\ude00")
                .string("empty", "")
                .strings("texts", List.of("", "a", "\u2581"))
                .floats("reals", 1, -2.5f)
                .ints("numbers", 7, -8)
                .flag("yes", true)
                .flag("no", false))
            .metadata();
    assertEquals("gr\u00fc\u00df \ud83d\ude00", metadata.string("text"));
    assertEquals("", metadata.stringOr("empty", "x"));
    assertEquals(List.of("", "a", "\u2581"), metadata.strings("texts"));
    assertArrayEquals(new float[] {1, -2.5f}, metadata.reals("reals"));
    assertArrayEquals(new long[] {7, -8}, metadata.numbers("numbers"));
    assertTrue(metadata.flagOr("yes", false));
    assertFalse(metadata.flagOr("no", true));
    assertEquals(
        Set.of("text", "empty", "texts", "reals", "numbers", "yes", "no"), metadata.keys());
  }

  @Test
  void missingKeyGivesTheDefaultOrARefusal() throws IOException {
    Metadata metadata = open(new GgufWriter().u32("one", 1)).metadata();
    assertEquals("x", metadata.stringOr("none", "x"));
    assertEquals(5, metadata.numberOr("none", 5));
    assertEquals(0.5, metadata.realOr("none", 0.5));
    assertTrue(metadata.flagOr("none", true));
    assertFalse(metadata.has("none"));
    ModelFormatException e =
        assertThrows(ModelFormatException.class, () -> metadata.string("none"));
    assertEquals("none", e.field());
    assertTrue(e.getMessage().endsWith("none: is missing"), e::getMessage);
  }

  @Test
  void valueOfAnotherTypeIsRefusedWithItsOffset() throws IOException {
    GgufWriter writer = new GgufWriter().u32("one", 1).ints("ids", 1, 2).f32("half", 0.5f);
    Metadata metadata = open(writer).metadata();
    List<Runnable> wrong =
        List.of(
            () -> metadata.string("one"),
            () -> metadata.realOr("one", 0),
            () -> metadata.flagOr("one", true),
            () -> metadata.numbers("one"));
    for (Runnable read : wrong) {
      ModelFormatException e = assertThrows(ModelFormatException.class, read::run);
      assertEquals("one", e.field());
      assertEquals(writer.field("one").offset(), e.offset());
      assertTrue(e.getMessage().contains("is U32, not "), e::getMessage);
    }
    assertThrows(ModelFormatException.class, () -> metadata.strings("ids"));
    assertThrows(ModelFormatException.class, () -> metadata.reals("ids"));
    assertThrows(ModelFormatException.class, () -> metadata.number("half"));
  }

  /** The file is sparse: it is long, but takes next to nothing on the disk. */
  @Test
  void tensorBeyondTwoGibibytesIsReached() throws IOException {
    long rows = (3L << 30) / 1024;
    GgufWriter writer = new GgufWriter().tensor("huge", Shape.of(1, 256), new float[256]);
    Path file = writer.write(folder.resolve("huge.gguf"));
    long start = Files.size(file) - 1024;
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      out.seek(writer.field("huge dimension 1").offset());
      out.writeLong(Long.reverseBytes(rows));
      out.setLength(start + rows * 1024);
      out.seek(start + rows * 1024 - 4);
      out.writeInt(Integer.reverseBytes(Float.floatToIntBits(42)));
    }
    Tensor huge = Gguf.open(file, arena).tensor("huge");
    assertEquals(Shape.of(rows, 256), huge.shape());
    assertEquals(42, huge.data().getAtIndex(ValueLayout.JAVA_FLOAT, rows * 256 - 1));
  }

  @Test
  void fileOfARealModelIsRead() throws IOException {
    Path file = folder.resolve("stories260K.gguf");
    try (var in = GgufTest.class.getResourceAsStream("/stories260K.gguf")) {
      Files.copy(java.util.Objects.requireNonNull(in), file);
    }
    Gguf gguf = Gguf.open(file, arena);
    assertEquals(47, gguf.tensors().size());
    assertEquals(1_054_304, gguf.bytes());
    assertEquals("llama", gguf.metadata().string("general.architecture"));
    assertEquals(Shape.of(512, 64), gguf.tensor("token_embd.weight").shape());
  }
}
