package dev.palimpsest.runtime.bridge;

import dev.palimpsest.memory.Embedder;
import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.NewSpace;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What memories can be embedded with: the service's own model and, where a file was given for
 * vectors, that one. Each may come later than the service, or not at all. Safe for many threads.
 */
public final class Embedders {
  private final Standard standard;
  private final EmbedderSlot file;
  private volatile @Nullable String fingerprint;

  /**
   * The service's own.
   *
   * @param space that it has, whether it was loaded or not
   * @param fingerprint SHA-256 of it, in hexadecimal digits
   * @param slot where it will be
   */
  public record Standard(EmbeddingSpace space, Supplier<String> fingerprint, EmbedderSlot slot) {}

  /**
   * These two.
   *
   * @param file where that of the file will be
   */
  public Embedders(Standard standard, EmbedderSlot file) {
    this.standard = standard;
    this.file = file;
  }

  /** Where the service's own will be. */
  public EmbedderSlot standard() {
    return standard.slot;
  }

  /** Where that of the file will be. */
  public EmbedderSlot file() {
    return file;
  }

  /** The space of a tenant that never made one. */
  public EmbeddingSpace standardSpace() {
    return standard.space;
  }

  /** The same with what fills it. */
  public NewSpace standardAsNew() {
    String known = fingerprint;
    if (known == null) {
      known = standard.fingerprint.get();
      fingerprint = known;
    }
    return new NewSpace(standard.space, standard.space.id(), known);
  }

  /** Where the embedder of a space is now. */
  public Optional<EmbedderSlot> find(String space) {
    return slots()
        .filter(slot -> slot.find().filter(one -> isOf(one, space)).isPresent())
        .findFirst();
  }

  /** Whether a space has an embedder, or may have one soon. */
  public boolean mayServe(String space) {
    if (space.equals(standard.space.id())) {
      return !(standard.slot.state() instanceof EmbedderSlot.State.Missing);
    }
    return file.state() instanceof EmbedderSlot.State.Loading || find(space).isPresent();
  }

  /** The space of the embedder that is called so, if there is one by now. */
  public Optional<NewSpace> named(String model) {
    return slots()
        .filter(slot -> slot.vectors().filter(one -> one.id().equals(model)).isPresent())
        .flatMap(slot -> slot.find().stream())
        .map(embedder -> space(embedder, model))
        .findFirst();
  }

  /** What those that are there are called. */
  public List<String> names() {
    return slots()
        .flatMap(slot -> slot.vectors().stream())
        .map(VectorModel::id)
        .distinct()
        .toList();
  }

  private NewSpace space(Embedder embedder, String model) {
    if (embedder.space().equals(standard.space)) {
      return standardAsNew();
    }
    return new NewSpace(embedder.space(), model, ((VectorModel) embedder).fingerprint());
  }

  private Stream<EmbedderSlot> slots() {
    return Stream.of(standard.slot, file);
  }

  private static boolean isOf(Embedder embedder, String space) {
    return embedder.space().id().equals(space);
  }
}
