package dev.palimpsest.runtime.socket;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Right;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.importing.ImportFormat;
import dev.palimpsest.memory.importing.ImportId;
import dev.palimpsest.memory.importing.ImportParser;
import dev.palimpsest.memory.importing.NewImport;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.guard.JsonText;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes a client's frame of a text, or the problem that the text deserves. Stateless. */
final class ImportFrameReader {
  private static final int NAME_CHARACTERS_MAX = 128;
  private static final String AUTO = "auto";
  private static final String SKIP = "skip";

  private ImportFrameReader() {}

  /** What came of a text. */
  sealed interface Read {
    /** It is a frame. */
    record Good(ImportFrame.Client frame) implements Read {}

    /** It is none. */
    record Bad(ImportFrame.Refused answer) implements Read {}
  }

  /** Reads a text; what is begun is begun under the caller's user where the key is bound to one. */
  static Read read(String text, Caller caller) {
    ObjectNode node;
    try {
      node = JsonText.object(text);
    } catch (ProblemException e) {
      return new Read.Bad(new ImportFrame.Refused(e.problem(), null));
    }
    try {
      return new Read.Good(frame(new Fields(node), caller));
    } catch (ProblemException e) {
      return new Read.Bad(new ImportFrame.Refused(e.problem(), type(node)));
    }
  }

  private static ImportFrame.Client frame(Fields fields, Caller caller) {
    String type = fields.requiredText("type", NAME_CHARACTERS_MAX);
    fields.check();
    return switch (type) {
      case "import.start" ->
          fields.has("import_id") ? again(fields) : checked(fields, start(fields, caller));
      case "import.finish" -> finish(fields);
      case "import.abort" -> checked(fields, new ImportFrame.Abort());
      default -> {
        fields.refuse("type", "is none of " + String.join(", ", ImportFrame.CLIENT_TYPES));
        yield checked(fields, new ImportFrame.Abort());
      }
    };
  }

  /** What the import was begun with stands; a client that says it again is not contradicted. */
  private static ImportFrame.Client again(Fields fields) {
    String id = fields.requiredText("import_id", NAME_CHARACTERS_MAX);
    ImportId known =
        fields.isGood("import_id") ? fields.checked("import_id", () -> new ImportId(id)) : null;
    fields.check();
    if (known == null) {
      throw new IllegalStateException("what is wrong with the id was not noted");
    }
    return new ImportFrame.Continue(known);
  }

  private static ImportFrame.Client start(Fields fields, Caller caller) {
    String format = fields.text("format", NAME_CHARACTERS_MAX);
    String source = source(fields);
    Instant baseTime = fields.time("base_time");
    Scope scope = caller.bound(fields.scope("scope"));
    boolean isDryRun = fields.flag("dry_run");
    Long totalBytes = fields.wholeNumber("total_bytes");
    if (totalBytes != null && totalBytes < 0) {
      fields.refuse("total_bytes", "is " + totalBytes + "; at least 0");
    }
    String duplicates = fields.text("on_duplicate", NAME_CHARACTERS_MAX);
    if (duplicates != null && !duplicates.equals(SKIP)) {
      fields.notBuilt("on_duplicate", "is not built yet but for '" + SKIP + "'");
    }
    ImportFormat known = format(fields, format == null ? AUTO : format);
    if (known != null && ImportParser.needsBaseTime(known) && baseTime == null) {
      fields.refuse("base_time", "is missing; the format '" + known.word() + "' has no times");
    }
    fields.refuseOthers();
    fields.check();
    return new ImportFrame.Start(
        new NewImport(known, source, baseTime, scope, isDryRun, mayRestore(caller), totalBytes));
  }

  /** An archive sets ids, times and labels of all the tenant's users. */
  private static boolean mayRestore(Caller caller) {
    return caller.may(Right.ADMIN) && caller.user() == null;
  }

  /** Names of our own would mix what is imported with what was said and written here. */
  private static String source(Fields fields) {
    String source = fields.requiredText("source", Origin.CHARACTERS_MAX);
    boolean isOurs = source.equals(Origin.OF_SESSIONS) || source.equals(Origin.OF_CLIENTS);
    if (fields.isGood("source") && (isOurs || source.isBlank())) {
      fields.refuse("source", isOurs ? "is the service's own; take another" : "is blank");
    }
    return source;
  }

  private static @Nullable ImportFormat format(Fields fields, String name) {
    for (ImportFormat format : ImportFormat.values()) {
      if (format.word().equals(name)) {
        return format;
      }
    }
    if (!name.equals(AUTO)) {
      List<String> names = Stream.of(ImportFormat.values()).map(ImportFormat::word).toList();
      fields.refuse("format", "is none of auto, " + String.join(", ", names));
    }
    return null;
  }

  private static ImportFrame.Client finish(Fields fields) {
    String sum = fields.requiredText("sha256", NAME_CHARACTERS_MAX).toLowerCase(Locale.ROOT);
    if (fields.isGood("sha256") && !sum.matches("[0-9a-f]{64}")) {
      fields.refuse("sha256", "must be 64 hexadecimal digits");
    }
    return checked(fields, new ImportFrame.Finish(sum));
  }

  private static ImportFrame.Client checked(Fields fields, ImportFrame.Client frame) {
    fields.refuseOthers();
    fields.check();
    return frame;
  }

  private static @Nullable String type(ObjectNode node) {
    JsonNode type = node.get("type");
    boolean isName =
        type != null && type.isTextual() && type.textValue().length() <= NAME_CHARACTERS_MAX;
    return isName ? type.textValue() : null;
  }

  /** A binary frame outside of an import. */
  static ImportFrame.Refused noImport(String frame) {
    return new ImportFrame.Refused(
        Problem.of(
            ProblemKind.INVALID_REQUEST,
            "No import is going on here; begin with a frame 'import.start'."),
        frame);
  }
}
