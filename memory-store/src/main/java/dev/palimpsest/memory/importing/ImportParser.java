package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.Scope;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file of one format: items in order, with no more in memory than one line or conversation.
 * What is wrong within the file comes out as an item. The same bytes give the same items however
 * they arrive. Used by one thread.
 */
public final class ImportParser implements ItemReader {
  private static final Set<ImportFormat> WITHOUT_TIMES =
      Set.of(
          ImportFormat.OPENAI,
          ImportFormat.LANGCHAIN,
          ImportFormat.LANGCHAIN4J,
          ImportFormat.MCP_MEMORY);

  private final ByteSource in;
  private final Splitter splitter;
  private final UnitReader reader;
  private final Deque<ImportItem> waiting = new ArrayDeque<>();
  private boolean isEnded;

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
      case PALIMPSEST ->
          new ImportParser(
              in, new LineSplitter(in, PalimpsestReader.LINE_BYTES_MAX), new PalimpsestReader());
      case JSONL -> new ImportParser(in, new LineSplitter(in), new JsonlReader(records));
      case OPENAI -> new ImportParser(in, new LineSplitter(in), new OpenAiReader(records));
      case CHATGPT -> new ImportParser(in, new ArraySplitter(in), new ChatGptReader(records));
      case CLAUDE -> new ImportParser(in, new ArraySplitter(in), new ClaudeReader(records));
      case LOCOMO -> new ImportParser(in, new ArraySplitter(in), new LocomoReader(records));
      case MEM0 -> new ImportParser(in, ListSplitter.ofMem0(in), new Mem0Reader(records));
      case MARKDOWN -> new ImportParser(in, new LineSplitter(in), new MarkdownReader(records));
      case LANGCHAIN -> new ImportParser(in, ListSplitter.ofChat(in), new LangChainReader(records));
      case LANGCHAIN4J ->
          new ImportParser(in, ListSplitter.ofChat(in), new LangChain4jReader(records));
      case CLAUDE_CODE -> new ImportParser(in, new LineSplitter(in), new ClaudeCodeReader(records));
      case MCP_MEMORY -> new ImportParser(in, new LineSplitter(in), new McpMemoryReader(records));
      case GEMINI -> new ImportParser(in, new ArraySplitter(in), new GeminiReader(records));
      case LETTA -> new ImportParser(in, new ArraySplitter(in), new LettaReader(records));
    };
  }

  /**
   * Begins to read a file or an archive of files, of the format that was asked for or of that which
   * is found out.
   *
   * @throws UnusableFileException when it would need more than the request says
   */
  static ItemReader open(NewImport request, InputStream bytes)
      throws IOException, UnusableFileException {
    PushbackInputStream in = new PushbackInputStream(bytes, Archive.MAGIC_BYTES);
    byte[] beginning = in.readNBytes(Archive.MAGIC_BYTES);
    in.unread(beginning);
    return Archive.isOne(beginning)
        ? Archive.open(request, beginning, in, ArchiveLimits.USUAL)
        : plain(request, in);
  }

  /** The same for a file that is no archive. */
  static ItemReader plain(NewImport request, InputStream bytes)
      throws IOException, UnusableFileException {
    ImportFormat known = request.format();
    return of(
        known == null ? FormatFinder.find(bytes) : new FormatFinder.Found(known, bytes), request);
  }

  /** The same for a file whose format is known. */
  static ItemReader of(FormatFinder.Found found, NewImport request) throws UnusableFileException {
    if (found.format() == ImportFormat.PALIMPSEST && !request.mayRestore()) {
      throw new UnusableFileException(
          "An archive sets ids, times and labels; only a key with the right 'admin' may import it.");
    }
    if (found.format() == ImportFormat.PALIMPSEST && !request.scope().equals(Scope.NONE)) {
      throw new UnusableFileException("An archive brings scopes of its own; leave 'scope' out.");
    }
    if (needsBaseTime(found.format()) && request.baseTime() == null) {
      throw new UnusableFileException("The file is of a format without times; name a base_time.");
    }
    return open(found.format(), request, found.bytes());
  }

  /** Whether records of the format have no times, so that the import needs a base time. */
  public static boolean needsBaseTime(ImportFormat format) {
    return WITHOUT_TIMES.contains(format);
  }

  @Override
  public @Nullable ImportItem next() throws IOException {
    while (waiting.isEmpty() && !isEnded) {
      Unit unit = splitter.next();
      isEnded = unit == null;
      waiting.addAll(unit == null ? reader.end() : reader.read(unit));
    }
    return waiting.poll();
  }

  @Override
  public long position() {
    return in.position();
  }
}
