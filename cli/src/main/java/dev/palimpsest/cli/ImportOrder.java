package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What to import and how.
 *
 * @param format {@code auto} or a format by its name in the protocol
 * @param source under which name the memories are kept
 * @param baseTime when the first record happened, where the format has no times of its own
 * @param user for whom the memories are; nobody in particular where empty
 * @param manner how it is carried out
 * @param project in which the memories are kept; in none where empty
 */
record ImportOrder(
    Path file,
    String format,
    String source,
    Optional<String> baseTime,
    Optional<String> user,
    ImportOrder.Manner manner,
    Optional<String> project) {

  /** In no project. */
  ImportOrder(
      Path file,
      String format,
      String source,
      Optional<String> baseTime,
      Optional<String> user,
      ImportOrder.Manner manner) {
    this(file, format, source, baseTime, user, manner, Optional.empty());
  }

  /**
   * How it is carried out.
   *
   * @param isDryRun counts what would come of it and stores nothing
   * @param waits until all is searchable; else until all is committed
   */
  record Manner(boolean isDryRun, boolean waits) {}

  /** The frame that begins the import, or goes on with it where {@code importId} is given. */
  String startFrame(Optional<String> importId, long totalBytes) {
    ObjectNode frame = Json.object().put("type", "import.start");
    importId.ifPresent(id -> frame.put("import_id", id));
    frame.put("format", format).put("source", source);
    baseTime.ifPresent(time -> frame.put("base_time", time));
    user.ifPresent(name -> frame.withObject("/scope").put("user", name));
    project.ifPresent(name -> frame.withObject("/scope").put("project", name));
    if (manner.isDryRun()) {
      frame.put("dry_run", true);
    }
    return frame.put("total_bytes", totalBytes).toString();
  }
}
