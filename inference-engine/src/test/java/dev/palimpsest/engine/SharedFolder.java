package dev.palimpsest.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/**
 * The folder {@code shared} beside the repository, with expected outputs that are not part of it.
 */
public final class SharedFolder {
  private SharedFolder() {}

  /** A file or folder in it; the test is skipped, naming the path, where it is not there. */
  public static Path require(String relative) {
    Path path = repositoryRoot().resolveSibling("shared").resolve(relative);
    Assumptions.assumeTrue(Files.exists(path), () -> "skipped: there is no " + path);
    return path;
  }

  private static Path repositoryRoot() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("NOTICE"))) {
      folder = folder.getParent();
      if (folder == null) {
        throw new IllegalStateException("the tests run outside the repository");
      }
    }
    return folder;
  }
}
