package dev.palimpsest.runtime.bridge;

import dev.palimpsest.memory.Embedding;
import java.util.List;

/** What clients ask of a model that turns texts into vectors. For any thread; computes on it. */
public interface VectorModel {
  /** The name by which requests ask for it. */
  String id();

  /** SHA-256 of what makes the vectors, in hexadecimal digits. Blocks while it is summed up. */
  String fingerprint();

  /** Elements of a vector. */
  int dimensions();

  /**
   * One vector for each text, in order; a text that is too long is cut at its end.
   *
   * @throws ModelException where a text has no token that the model could read
   */
  List<Vector> vectors(List<String> texts);

  /**
   * A text's vector.
   *
   * @param tokens that the model read
   */
  record Vector(Embedding embedding, int tokens) {}
}
