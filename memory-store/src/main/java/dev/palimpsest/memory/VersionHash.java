package dev.palimpsest.memory;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The hash of a version: SHA-256 of its canonical JSON (RFC 8785) in UTF-8, in hexadecimal. Members
 * stand in this order, each only where it has a value:
 *
 * <pre>
 * happened_at    text, as {@link java.time.Instant} writes it
 * id             text
 * import_offset  number
 * kind           text, in lower case
 * label          text, in lower case
 * learned_at     text
 * metadata       text, byte for byte as it was handed in
 * position       number
 * record_id      text
 * salt           32 hexadecimal digits, random for each version
 * scope_agent, scope_project, scope_user   text
 * session        text
 * source         text
 * sources        list of texts, "mem_…/1", in their order
 * speaker        text
 * tenant         text
 * text           text
 * valid_from, valid_to   text
 * version        number
 * </pre>
 *
 * <p>Not in it: when the version was superseded and revoked, which happens later; what was computed
 * from it; and the identity under which it was stored.
 */
public final class VersionHash {
  private final StringBuilder json = new StringBuilder("{");

  private VersionHash() {}

  /**
   * The hash.
   *
   * @param offset in the import's file, or null
   * @param salt in hexadecimal
   */
  public static String of(
      TenantId tenant, KeptVersion version, @Nullable Long offset, String salt) {
    byte[] text = canonical(tenant, version, offset, salt).getBytes(StandardCharsets.UTF_8);
    return HexFormat.of().formatHex(ChainEntry.digest().digest(text));
  }

  /** What the hash is of. */
  public static String canonical(
      TenantId tenant, KeptVersion version, @Nullable Long offset, String salt) {
    MemoryText content = version.content();
    Origin origin = version.origin();
    VersionHash hash = new VersionHash();
    hash.text("happened_at", content.happenedAt());
    hash.text("id", version.id());
    hash.plain("import_offset", offset);
    hash.text("kind", version.kind().name().toLowerCase(Locale.ROOT));
    hash.text("label", content.label().name().toLowerCase(Locale.ROOT));
    hash.text("learned_at", version.learnedAt());
    hash.text("metadata", content.metadata());
    hash.plain("position", origin.position());
    hash.text("record_id", origin.recordId());
    hash.text("salt", salt);
    hash.text("scope_agent", version.scope().agent());
    hash.text("scope_project", version.scope().project());
    hash.text("scope_user", version.scope().user());
    hash.text("session", origin.session());
    hash.text("source", origin.source());
    if (!version.sources().isEmpty()) {
      hash.plain(
          "sources",
          version.sources().stream()
              .map(source -> "\"" + source + "\"")
              .collect(Collectors.joining(",", "[", "]")));
    }
    hash.text("speaker", content.speaker());
    hash.text("tenant", tenant.value());
    hash.text("text", content.text());
    hash.text("valid_from", content.validFrom());
    hash.text("valid_to", content.validTo());
    hash.plain("version", version.version());
    return hash.json.append('}').toString();
  }

  private void plain(String name, @Nullable Object value) {
    if (value != null) {
      name(name);
      json.append(value);
    }
  }

  private void text(String name, @Nullable Object value) {
    if (value != null) {
      name(name);
      JsonText.quote(value.toString(), json);
    }
  }

  private void name(String name) {
    if (json.length() > 1) {
      json.append(',');
    }
    json.append('"').append(name).append("\":");
  }
}
