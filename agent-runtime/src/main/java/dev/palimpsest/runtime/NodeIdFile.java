package dev.palimpsest.runtime;

import dev.palimpsest.memory.IdSource;
import dev.palimpsest.memory.session.NodeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The name of this node among the holders of leases, kept in the data folder so that a restarted
 * process takes its own leases at once. One line of text in {@code node-id}.
 */
final class NodeIdFile {
  private static final String NAME = "node-id";
  private static final String PREFIX = "node_";

  private NodeIdFile() {}

  /** Reads the name, or makes one when the folder has none yet. */
  static NodeId readOrCreate(Path data, IdSource ids) {
    Path file = data.resolve(NAME);
    try {
      if (Files.exists(file)) {
        return new NodeId(Files.readString(file).strip());
      }
      NodeId made = new NodeId(ids.next(PREFIX));
      Files.createDirectories(data);
      Path written = Files.writeString(data.resolve(NAME + ".new"), made + "\n");
      Path ignored = Files.move(written, file);
      return made;
    } catch (IOException | IllegalArgumentException e) {
      throw new SettingsException(
          List.of("palimpsest.data (PALIMPSEST_DATA): " + file + " cannot be used: " + e));
    }
  }
}
