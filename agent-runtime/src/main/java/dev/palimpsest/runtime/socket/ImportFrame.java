package dev.palimpsest.runtime.socket;

import dev.palimpsest.memory.importing.ImportId;
import dev.palimpsest.memory.importing.NewImport;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.importing.ImportNews;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All text frames of the import socket. The names in JSON are in {@link #type()}. */
sealed interface ImportFrame {
  /** What a client may say in text. */
  List<String> CLIENT_TYPES = List.of("import.start", "import.finish", "import.abort");

  /** What a client says. */
  sealed interface Client extends ImportFrame {}

  /** What the service says. */
  sealed interface Server extends ImportFrame {}

  /** Begins an import. */
  record Start(NewImport request) implements Client {}

  /** Goes on with one. */
  record Continue(ImportId id) implements Client {}

  /** Ends the file; the sum is in lower-case hexadecimal. */
  record Finish(String sha256) implements Client {}

  /** Gives the import up. */
  record Abort() implements Client {}

  /**
   * Bytes may come.
   *
   * @param resumeOffset from this one on
   * @param creditBytes so many
   */
  record Ready(long resumeOffset, long creditBytes) implements Server {}

  /** Something has happened. */
  record Told(ImportNews news) implements Server {}

  /**
   * A frame of the client could not be served.
   *
   * @param inReplyTo the type of the frame that it answers
   */
  record Refused(Problem problem, @Nullable String inReplyTo) implements Server {}

  /** The frame's name in JSON. */
  default String type() {
    return switch (this) {
      case Start start -> "import.start";
      case Continue again -> "import.start";
      case Finish finish -> "import.finish";
      case Abort abort -> "import.abort";
      case Ready ready -> "import.ready";
      case Told(ImportNews news) -> type(news);
      case Refused refused -> "error";
    };
  }

  private static String type(ImportNews news) {
    return switch (news) {
      case ImportNews.Acknowledged ack -> "import.ack";
      case ImportNews.Progressed progress -> "import.progress";
      case ImportNews.Rejected rejected -> "import.rejected";
      case ImportNews.Done done -> "import.done";
      case ImportNews.Failed failed -> "import.failed";
    };
  }
}
