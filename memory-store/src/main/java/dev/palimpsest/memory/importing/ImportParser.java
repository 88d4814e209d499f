package dev.palimpsest.memory.importing;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file of one format: items in order, with no more in memory than one line or conversation.
 * What is wrong within the file comes out as an item. The same bytes give the same items however
 * they arrive. Used by one thread.
 */
public final class ImportParser {
  private final ByteSource in;
  private final Splitter splitter;
  private final UnitReader reader;
  private final Deque<ImportItem> waiting = new ArrayDeque<>();

  private ImportParser(ByteSource in, Splitter splitter, UnitReader reader) {
    this.in = in;
    this.splitter = splitter;
    this.reader = reader;
  }

  /**
   * Begins to read.
   *
   * @param format of the file; {@link FormatFinder} finds it out where it is not known
   * @param request what the import was begun with; its own format is not looked at
   */
  public static ImportParser open(ImportFormat format, NewImport request, InputStream bytes) {
    ByteSource in = new ByteSource(bytes);
    Records records = new Records(request);
    return switch (format) {
      case JSONL -> new ImportParser(in, new LineSplitter(in), new JsonlReader(records));
      case OPENAI -> new ImportParser(in, new LineSplitter(in), new OpenAiReader(records));
      case LOCOMO -> new ImportParser(in, new ArraySplitter(in), new LocomoReader(records));
    };
  }

  /** Whether records of the format have no times, so that the import needs a base time. */
  public static boolean needsBaseTime(ImportFormat format) {
    return format == ImportFormat.OPENAI;
  }

  /**
   * The next item, or null at the end. Blocks where the stream does.
   *
   * @throws IOException when the stream fails, and for nothing that stands in it
   */
  public @Nullable ImportItem next() throws IOException {
    while (waiting.isEmpty()) {
      Unit unit = splitter.next();
      if (unit == null) {
        return null;
      }
      waiting.addAll(reader.read(unit));
    }
    return waiting.remove();
  }

  /** The byte of the file up to which it was read; at the end the length of the file. */
  public long position() {
    return in.position();
  }
}
