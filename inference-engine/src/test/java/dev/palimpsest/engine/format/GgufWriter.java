package dev.palimpsest.engine.format;

import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes small model files for tests. It knows the format by itself, so that the reader is held to
 * something other than its own opinion, and remembers where each field lies, so that tests can
 * break them one by one.
 */
public final class GgufWriter {
  /** A field of the header: what it is, where it begins, how long it is. */
  public record Field(String name, int offset, int length) {}

  private record Placed(String name, int ggmlId, Shape shape, ByteBuffer data) {}

  private static final int DEFAULT_ALIGNMENT = 32;

  private final ByteArrayOutputStream pairs = new ByteArrayOutputStream();
  private final List<Field> pairFields = new ArrayList<>();
  private final List<Placed> tensors = new ArrayList<>();
  private int pairCount;
  private int alignment = DEFAULT_ALIGNMENT;

  /** Adds a string. */
  public GgufWriter string(String key, String value) {
    startPair(key, 8);
    text(pairs, pairFields, key, value.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  /** Adds an unsigned 32-bit number, the type that model files use for counts. */
  public GgufWriter u32(String key, int value) {
    startPair(key, 4);
    field(pairs, pairFields, key, little(4).putInt(value));
    return this;
  }

  /** Adds a 32-bit real number. */
  public GgufWriter f32(String key, float value) {
    startPair(key, 6);
    field(pairs, pairFields, key, little(4).putFloat(value));
    return this;
  }

  /** Adds a bool. */
  public GgufWriter flag(String key, boolean value) {
    startPair(key, 7);
    field(pairs, pairFields, key, little(1).put((byte) (value ? 1 : 0)));
    return this;
  }

  /** Adds a value of any type of fixed size as its bytes stand in the file. */
  public GgufWriter raw(String key, int type, byte... littleEndian) {
    startPair(key, type);
    field(pairs, pairFields, key, ByteBuffer.wrap(littleEndian).position(littleEndian.length));
    return this;
  }

  /** Adds an array of strings. */
  public GgufWriter strings(String key, List<String> values) {
    startArray(key, 8, values.size());
    for (int i = 0; i < values.size(); i++) {
      byte[] value = values.get(i).getBytes(StandardCharsets.UTF_8);
      text(pairs, pairFields, key + "[" + i + "]", value);
    }
    return this;
  }

  /** Adds an array of 32-bit real numbers. */
  public GgufWriter floats(String key, float... values) {
    startArray(key, 6, values.length);
    ByteBuffer bytes = little(4 * values.length);
    for (float value : values) {
      bytes.putFloat(value);
    }
    field(pairs, pairFields, key, bytes);
    return this;
  }

  /** Adds an array of signed 32-bit numbers. */
  public GgufWriter ints(String key, int... values) {
    startArray(key, 5, values.length);
    ByteBuffer bytes = little(4 * values.length);
    for (int value : values) {
      bytes.putInt(value);
    }
    field(pairs, pairFields, key, bytes);
    return this;
  }

  /** Adds an array of bools. */
  public GgufWriter flags(String key, boolean... values) {
    startArray(key, 7, values.length);
    for (int i = 0; i < values.length; i++) {
      field(pairs, pairFields, key + "[" + i + "]", little(1).put((byte) (values[i] ? 1 : 0)));
    }
    return this;
  }

  /** Adds {@code general.alignment} and places the tensors by it. */
  public GgufWriter alignment(int bytes) {
    alignment = bytes;
    return u32("general.alignment", bytes);
  }

  /** Adds a tensor of 32-bit real numbers, rows one after the other. */
  public GgufWriter tensor(String name, Shape shape, float... values) {
    ByteBuffer bytes = little(4 * values.length);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return tensor(name, DType.F32.ggmlId(), shape, taken(bytes));
  }

  /** Puts a tensor of 32-bit real numbers in the place of one of the same name. */
  public GgufWriter replace(String name, Shape shape, float... values) {
    tensors.removeIf(each -> each.name.equals(name));
    return tensor(name, shape, values);
  }

  /** Adds a tensor of any type, known or not. */
  public GgufWriter tensor(String name, int ggmlId, Shape shape, byte... data) {
    tensors.add(new Placed(name, ggmlId, shape, ByteBuffer.wrap(data.clone())));
    return this;
  }

  /** The file. */
  public byte[] bytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    header(out, new ArrayList<>());
    for (Placed tensor : tensors) {
      pad(out);
      out.writeBytes(taken(tensor.data.duplicate().position(tensor.data.limit())));
    }
    return out.toByteArray();
  }

  /** All fields of the header in the order of the file. */
  public List<Field> fields() {
    List<Field> fields = new ArrayList<>();
    header(new ByteArrayOutputStream(), fields);
    return fields;
  }

  /** The field with this name. */
  public Field field(String name) {
    return fields().stream()
        .filter(field -> field.name.equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no field " + name));
  }

  /** The parts of a split model: the first has all pairs, each has its share of the tensors. */
  public List<GgufWriter> split(int count) {
    List<GgufWriter> parts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      GgufWriter part = new GgufWriter();
      if (i == 0) {
        part.pairs.writeBytes(pairs.toByteArray());
        part.pairFields.addAll(pairFields);
        part.pairCount = pairCount;
        part.alignment = alignment;
      }
      part.splitPairs(i, count, tensors.size());
      int total = tensors.size();
      part.tensors.addAll(tensors.subList(total * i / count, total * (i + 1) / count));
      parts.add(part);
    }
    return parts;
  }

  /** Adds what a part says about itself, in the types that the usual tool writes. */
  public GgufWriter splitPairs(int number, int count, int tensorsOfAll) {
    raw("split.no", 2, taken(little(2).putShort((short) number)));
    raw("split.count", 2, taken(little(2).putShort((short) count)));
    return raw("split.tensors.count", 5, taken(little(4).putInt(tensorsOfAll)));
  }

  /** Writes the file and returns its path. */
  public Path write(Path path) throws IOException {
    return Files.write(path, bytes());
  }

  private void header(ByteArrayOutputStream out, List<Field> fields) {
    field(out, fields, "magic", little(4).put(new byte[] {'G', 'G', 'U', 'F'}));
    field(out, fields, "version", little(4).putInt(3));
    field(out, fields, "tensor count", little(8).putLong(tensors.size()));
    field(out, fields, "metadata count", little(8).putLong(pairCount));
    for (Field pair : pairFields) {
      fields.add(new Field(pair.name, pair.offset + out.size(), pair.length));
    }
    out.writeBytes(pairs.toByteArray());
    long offset = 0;
    for (Placed tensor : tensors) {
      line(out, fields, tensor, offset);
      offset += Math.ceilDiv(tensor.data.limit(), alignment) * (long) alignment;
    }
  }

  private static void line(
      ByteArrayOutputStream out, List<Field> fields, Placed tensor, long offset) {
    String name = tensor.name;
    List<Long> dims = tensor.shape.dims().reversed();
    text(out, fields, name, name.getBytes(StandardCharsets.UTF_8));
    field(out, fields, name + " dimensions", little(4).putInt(dims.size()));
    for (int i = 0; i < dims.size(); i++) {
      field(out, fields, name + " dimension " + i, little(8).putLong(dims.get(i)));
    }
    field(out, fields, name + " type", little(4).putInt(tensor.ggmlId));
    field(out, fields, name + " offset", little(8).putLong(offset));
  }

  private void startPair(String key, int type) {
    pairCount++;
    text(pairs, pairFields, key + " key", key.getBytes(StandardCharsets.UTF_8));
    field(pairs, pairFields, key + " type", little(4).putInt(type));
  }

  private void startArray(String key, int type, int count) {
    startPair(key, 9);
    field(pairs, pairFields, key + " element type", little(4).putInt(type));
    field(pairs, pairFields, key + " count", little(8).putLong(count));
  }

  private static void text(
      ByteArrayOutputStream out, List<Field> fields, String name, byte[] bytes) {
    field(out, fields, name + " length", little(8).putLong(bytes.length));
    field(out, fields, name, ByteBuffer.wrap(bytes).position(bytes.length));
  }

  private static void field(
      ByteArrayOutputStream out, List<Field> fields, String name, ByteBuffer bytes) {
    fields.add(new Field(name, out.size(), bytes.position()));
    out.writeBytes(taken(bytes));
  }

  /** What has been put into a buffer. */
  private static byte[] taken(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.position()];
    bytes.flip().get(copy);
    return copy;
  }

  private void pad(ByteArrayOutputStream out) {
    while (out.size() % alignment != 0) {
      out.write(0);
    }
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
