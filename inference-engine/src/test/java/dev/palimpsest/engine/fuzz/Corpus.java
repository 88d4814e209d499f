package dev.palimpsest.engine.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The inputs that are kept, a folder of files for each parser. */
final class Corpus {
  private static final int KEPT_BYTES_MAX = 4096;

  private Corpus() {}

  /** In the order of their names; none where there is no folder. */
  static List<byte[]> of(String parser) {
    URL folder = Corpus.class.getResource("/fuzz/" + parser);
    if (folder == null) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(Path.of(folder.toURI()))) {
      List<byte[]> all = new ArrayList<>();
      for (Path file : files.sorted().toList()) {
        all.add(Files.readAllBytes(file));
      }
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The short ones, numbered, with the outcomes beside them. */
  static void write(Path folder, Map<String, byte[]> outcomes) {
    try {
      Path made = Files.createDirectories(folder);
      StringBuilder said = new StringBuilder();
      int number = 0;
      for (Map.Entry<String, byte[]> each : outcomes.entrySet()) {
        if (each.getValue().length <= KEPT_BYTES_MAX) {
          String name = "%03d".formatted(number++);
          Path file = Files.write(made.resolve(name), each.getValue());
          said.append(file.getFileName()).append(' ').append(each.getKey()).append('\n');
        }
      }
      byte[] list = said.toString().getBytes(StandardCharsets.UTF_8);
      Path ignored = Files.write(made.resolveSibling(made.getFileName() + ".txt"), list);
      assert ignored.isAbsolute() == folder.isAbsolute();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
