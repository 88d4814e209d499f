package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.KeptVersion;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * The lossless archive, as {@link PalimpsestWriter} writes it. Lines stand in order of id and
 * version, so that no memory comes twice. Whether the sum agrees shows at the end: what does not
 * agree has been put back by then, and the import says so.
 */
final class PalimpsestReader implements UnitReader {
  /** The longest text and metadata, had every character to be escaped, and the names beside. */
  static final int LINE_BYTES_MAX = 8 << 20;

  private static final Set<String> LAYOUTS =
      Set.of("1", "2", Integer.toString(PalimpsestWriter.LAYOUT));

  private final MessageDigest sum = NameDigest.sha256();
  private boolean isBegun;
  private boolean isEnded;
  private boolean isCut;
  private long versions;
  private long bytesSeen;
  private String lastId = "";
  private int lastVersion;

  @Override
  public List<ImportItem> read(Unit unit) {
    Span span = unit.span();
    isCut = unit.isCut();
    bytesSeen = span.end();
    if (!unit.isTooLarge() && unit.isBlank()) {
      return List.of(new ImportItem.Skipped("blank_line", span.start(), span.end()));
    }
    try {
      if (Json.read(unit) instanceof Json.Members members) {
        return List.of(item(new Fields(members), unit));
      }
      throw Fields.shape("It is not an object.");
    } catch (UnusableException e) {
      return unit.bad(e);
    }
  }

  @Override
  public List<ImportItem> end() {
    if (isEnded || isCut) {
      return List.of();
    }
    String detail = "The archive has no last line; it is not all there.";
    return List.of(new ImportItem.Bad(RejectionReason.TRUNCATED, detail, bytesSeen, bytesSeen));
  }

  private ImportItem item(Fields line, Unit unit) throws UnusableException {
    Span span = unit.span();
    if (!isBegun) {
      begin(line);
      add(unit);
      return new ImportItem.Skipped("first_line", span.start(), span.end());
    }
    if (isEnded) {
      throw Fields.shape("It stands after the last line of the archive.");
    }
    if (line.has(PalimpsestWriter.END)) {
      end(line.inner(PalimpsestWriter.END));
      return new ImportItem.Skipped("last_line", span.start(), span.end());
    }
    add(unit);
    versions++;
    KeptVersion version = KeptLine.read(line);
    requireOrder(version);
    return new ImportItem.Kept(version, span.start(), span.end());
  }

  private void begin(Fields line) throws UnusableException {
    if (!(line.value(PalimpsestWriter.NAME) instanceof Json.Plain(String layout))) {
      throw Fields.shape("The archive does not begin with '" + PalimpsestWriter.NAME + "'.");
    }
    if (!LAYOUTS.contains(layout)) {
      throw Fields.shape("The archive has layout " + layout + "; this service reads 1 to 3.");
    }
    isBegun = true;
  }

  private void add(Unit unit) {
    sum.update(unit.bytes());
    sum.update((byte) '\n');
  }

  private void end(Fields last) throws UnusableException {
    isEnded = true;
    boolean isAll = Long.toString(versions).equals(last.id("versions"));
    if (!isAll || !HexFormat.of().formatHex(sum.digest()).equals(last.text("sha256"))) {
      throw new UnusableException(
          RejectionReason.DAMAGED,
          "The archive is not what was written: number or SHA-256 of its lines do not agree.");
    }
  }

  private void requireOrder(KeptVersion version) throws UnusableException {
    int order = version.id().value().compareTo(lastId);
    boolean isNext = order == 0 && version.version() == lastVersion + 1;
    if (!isNext && (order <= 0 || version.version() != 1)) {
      throw Fields.shape("It does not follow the line before in order of id and version.");
    }
    lastId = version.id().value();
    lastVersion = version.version();
  }
}
