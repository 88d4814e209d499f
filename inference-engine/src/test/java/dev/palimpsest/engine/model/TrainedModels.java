package dev.palimpsest.engine.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** The trained models among the test resources. */
public final class TrainedModels {
  private TrainedModels() {}

  /** Copies {@code stories260K.gguf} or {@code stories260K.json} into a folder. */
  public static Path copy(String name, Path folder) throws IOException {
    Path to = folder.resolve(name);
    try (InputStream in = TrainedModels.class.getResourceAsStream("/models/" + name)) {
      if (in == null) {
        throw new IllegalArgumentException("no test resource models/" + name);
      }
      Files.copy(in, to, StandardCopyOption.REPLACE_EXISTING);
    }
    return to;
  }
}
