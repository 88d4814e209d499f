package dev.palimpsest.runtime.bridge;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.Objects;

/** The small trained model of the tests. */
public final class TestModel {
  private TestModel() {}

  /** Its file. */
  public static Path file() {
    URL url = Objects.requireNonNull(TestModel.class.getResource("/models/stories260K.gguf"));
    try {
      return Path.of(new URI(url.toString()));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
