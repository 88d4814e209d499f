package dev.palimpsest.memory;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** The folder {@code shared/data} beside the repository, with files that are not part of it. */
public final class SharedData {
  private SharedData() {}

  /** A file or folder in it; the test is skipped, naming the path, where it is not there. */
  public static Path require(String relative) {
    Path path = repositoryRoot().resolveSibling("shared").resolve("data").resolve(relative);
    if (!Files.exists(path)) {
      System.out.println("SKIPPED: there is no " + path);
    }
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
