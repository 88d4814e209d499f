package dev.palimpsest.engine.format;

import dev.palimpsest.engine.tensor.DType;
import dev.palimpsest.engine.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model in the format GGUF, little-endian, version 3 or 2: opened, mapped and checked to the end
 * of its header. It is one file, or the parts of a split one, which lie beside each other; then the
 * first one's metadata are the model's. Immutable; may be read by any thread while the arena it was
 * mapped into is open.
 *
 * <p>Layout of a file: the four bytes {@code GGUF}; u32 version; u64 number of tensors; u64 number
 * of metadata pairs; the pairs ({@link Metadata}); the tensor table; zeros up to the alignment; the
 * tensors' bytes.
 */
public final class Gguf {
  /** The newest version that is read. */
  public static final int VERSION = 3;

  /** The oldest one: version 3 differs from it in nothing but that it may be big-endian. */
  public static final int VERSION_OLDEST = 2;

  private record Place(GgufPart part, TensorInfo info) {}

  private final List<GgufPart> parts;
  private final Map<String, Place> places = new LinkedHashMap<>();

  private Gguf(List<GgufPart> parts) {
    this.parts = parts;
    for (GgufPart part : parts) {
      for (TensorInfo info : part.tensors().values()) {
        Place other = places.putIfAbsent(info.name(), new Place(part, info));
        if (other != null) {
          throw new ModelFormatException(
              part.file(), info.lineOffset(), info.name(), "is in " + other.part.file() + " too");
        }
      }
    }
  }

  /**
   * Maps and checks a file, and the other parts where it is the first one of a split model. The
   * mappings live as long as the arena, also where a file is refused; the arena is the caller's to
   * close.
   *
   * @throws ModelFormatException if a file cannot be read or is not what it should be, or a part is
   *     missing or does not belong to the others
   */
  public static Gguf open(Path file, Arena arena) {
    GgufPart first = GgufPart.open(file, arena);
    Gguf opened = new Gguf(SplitFiles.all(first, arena));
    SplitFiles.checkTensorCount(first.metadata(), opened.places.size());
    return opened;
  }

  /** The file as it was named to {@link #open}. */
  public Path file() {
    return parts.getFirst().file();
  }

  /** All files, the parts of a split model in their order. */
  public List<Path> files() {
    return parts.stream().map(GgufPart::file).toList();
  }

  /** Size of all files. */
  public long bytes() {
    return parts.stream().mapToLong(part -> part.mapped().byteSize()).sum();
  }

  /** The metadata. */
  public Metadata metadata() {
    return parts.getFirst().metadata();
  }

  /** The tensor table in the order of the files. */
  public List<TensorInfo> tensors() {
    return places.values().stream().map(Place::info).toList();
  }

  /**
   * The tensor with this name; its memory is a part of the mapped file and is borrowed.
   *
   * @throws ModelFormatException if there is none, or it is of a type the engine does not know
   */
  public Tensor tensor(String name) {
    return find(name).orElseThrow(() -> refuse(name, "the tensor is missing"));
  }

  /**
   * The tensor with this name, empty where the model has none.
   *
   * @throws ModelFormatException if it is of a type the engine does not know
   */
  public Optional<Tensor> find(String name) {
    Place place = places.get(name);
    if (place == null) {
      return Optional.empty();
    }
    TensorInfo info = place.info;
    DType type =
        info.type()
            .orElseThrow(() ->
                refuse(
                    name,
                    "is of type "
                        + Integer.toUnsignedString(info.ggmlId())
                        + ", which this engine does not know"));
    long bytes = info.bytes().orElseThrow();
    return Optional.of(
        new Tensor(name, type, info.shape(), place.part.mapped().asSlice(info.offset(), bytes)));
  }

  /** A refusal of a tensor, present or missing, to be thrown by who knows what it should be. */
  public ModelFormatException refuse(String tensor, String detail) {
    Place place = places.get(tensor);
    GgufPart first = parts.getFirst();
    return place == null
        ? new ModelFormatException(first.file(), first.headerEnd(), tensor, detail)
        : new ModelFormatException(place.part.file(), place.info.lineOffset(), tensor, detail);
  }
}
