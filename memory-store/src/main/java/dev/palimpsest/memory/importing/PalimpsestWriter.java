package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.KeptVersion;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Revoked;
import dev.palimpsest.memory.Scope;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes the lossless archive: a first line that names it, one line for each version in order of id
 * and version, a last line with their number and the SHA-256 of all lines before it. Nothing in it
 * depends on when or where it is written, so that the same memories give the same bytes.
 *
 * <p>A version that was derived names its sources and the spans of them that it was made of, and
 * one that was revoked says since when and why. Metadata stands in it as a text, since it is kept
 * byte for byte. Used by one thread; the stream is the caller's.
 */
public final class PalimpsestWriter {
  /** The member that makes a file an archive; its value is the version of the layout. */
  static final String NAME = "palimpsest_archive";

  /**
   * The layout that is written; the first one had neither sources nor what was revoked, the second
   * no spans of sources.
   */
  static final int LAYOUT = 3;

  /** The member of the last line. */
  static final String END = "end";

  private final OutputStream out;
  private final MessageDigest sum;
  private long versions;

  /** Writes the first line. */
  public PalimpsestWriter(OutputStream out) throws IOException {
    this.out = out;
    this.sum = NameDigest.sha256();
    line(Map.of(NAME, plain(LAYOUT)));
  }

  /** Writes a version; they come in order of id and version. */
  public void add(KeptVersion kept) throws IOException {
    Map<String, Json> line = new LinkedHashMap<>();
    line.put("id", new Json.Text(kept.id().value()));
    line.put("version", plain(kept.version()));
    put(line, "learned_at", kept.learnedAt());
    scope(line, kept.scope());
    line.put("kind", word(kept.kind()));
    origin(line, kept.origin());
    put(line, "identity", kept.identitySha256());
    content(line, kept.content());
    sources(line, kept.sources());
    revoked(line, kept.revoked());
    line(line);
    versions++;
  }

  /** Writes the last line. */
  public void end() throws IOException {
    Map<String, Json> end = new LinkedHashMap<>();
    end.put("versions", plain(versions));
    end.put("sha256", new Json.Text(HexFormat.of().formatHex(sum.digest())));
    line(Map.of(END, new Json.Members(end)));
  }

  private static void scope(Map<String, Json> line, Scope scope) {
    Map<String, Json> parts = new LinkedHashMap<>();
    put(parts, "user", scope.user());
    put(parts, "agent", scope.agent());
    put(parts, "project", scope.project());
    if (!parts.isEmpty()) {
      line.put("scope", new Json.Members(parts));
    }
  }

  private static void origin(Map<String, Json> line, Origin origin) {
    put(line, "source", origin.source());
    put(line, "session", origin.session());
    put(line, "record_id", origin.recordId());
    line.put("position", plain(origin.position()));
  }

  private static void content(Map<String, Json> line, MemoryText content) {
    put(line, "speaker", content.speaker());
    put(line, "happened_at", content.happenedAt());
    put(line, "valid_from", content.validFrom());
    put(line, "valid_to", content.validTo());
    line.put("label", word(content.label()));
    put(line, "text", content.text());
    put(line, "metadata", content.metadata());
  }

  private static void sources(Map<String, Json> line, List<MadeOf> sources) {
    if (!sources.isEmpty()) {
      line.put(
          "sources", new Json.Items(sources.stream().<Json>map(PalimpsestWriter::text).toList()));
    }
  }

  private static void revoked(Map<String, Json> line, @Nullable Revoked revoked) {
    if (revoked != null) {
      put(line, "revoked_at", revoked.at());
      put(line, "revoked_reason", revoked.reason());
    }
  }

  private static Json text(Object value) {
    return new Json.Text(value.toString());
  }

  private static void put(Map<String, Json> members, String name, @Nullable Object value) {
    if (value != null) {
      members.put(name, new Json.Text(Objects.toString(value)));
    }
  }

  private static Json plain(long number) {
    return new Json.Plain(Long.toString(number));
  }

  private static Json word(Enum<?> constant) {
    return new Json.Text(constant.name().toLowerCase(Locale.ROOT));
  }

  private void line(Map<String, Json> members) throws IOException {
    byte[] line = (Fields.object(members) + "\n").getBytes(StandardCharsets.UTF_8);
    sum.update(line);
    out.write(line);
  }
}
