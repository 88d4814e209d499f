package dev.palimpsest.memory;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
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
 * sources        list of texts, "mem_…/1", with a span "mem_…/1#0-5", in their order
 * speaker        text
 * tenant         text
 * text           text
 * valid_from, valid_to   text
 * version        number
 * </pre>
 *
 * <p>Not in it: when the version was superseded and revoked, which happens later; what was computed
 * from it; and the identity under which it was stored.
 *
 * <p>One object serves a whole batch of a tenant, on one thread.
 */
public final class VersionHash {
  /** What the JSON of most versions fits into. */
  private static final int CHARACTERS = 1024;

  private final TenantId tenant;
  private final MessageDigest digest = ChainEntry.digest();
  private final StringBuilder json = new StringBuilder(CHARACTERS);
  private @Nullable Instant learnedAt;
  private String learnedText = "";

  /** For versions of this tenant. */
  public VersionHash(TenantId tenant) {
    this.tenant = tenant;
  }

  /**
   * The hash.
   *
   * @param offset in the import's file, or null
   * @param salt in hexadecimal
   */
  public String of(KeptVersion version, @Nullable Long offset, String salt) {
    byte[] text = canonical(version, offset, salt).getBytes(StandardCharsets.UTF_8);
    return HexFormat.of().formatHex(digest.digest(text));
  }

  /** What the hash is of. */
  String canonical(KeptVersion version, @Nullable Long offset, String salt) {
    MemoryText content = version.content();
    Origin origin = version.origin();
    json.setLength(0);
    json.append('{');
    text("happened_at", content.happenedAt());
    text("id", version.id());
    plain("import_offset", offset);
    text("kind", version.kind().name().toLowerCase(Locale.ROOT));
    text("label", content.label().name().toLowerCase(Locale.ROOT));
    text("learned_at", learned(version.learnedAt()));
    text("metadata", content.metadata());
    plain("position", origin.position());
    text("record_id", origin.recordId());
    text("salt", salt);
    text("scope_agent", version.scope().agent());
    text("scope_project", version.scope().project());
    text("scope_user", version.scope().user());
    text("session", origin.session());
    text("source", origin.source());
    if (!version.sources().isEmpty()) {
      plain("sources", list(version.sources()));
    }
    text("speaker", content.speaker());
    text("tenant", tenant.value());
    text("text", content.text());
    text("valid_from", content.validFrom());
    text("valid_to", content.validTo());
    plain("version", version.version());
    return json.append('}').toString();
  }

  /** All versions of a batch are learned at the same moment. */
  private String learned(Instant at) {
    if (!at.equals(learnedAt)) {
      learnedAt = at;
      learnedText = at.toString();
    }
    return learnedText;
  }

  private static String list(List<MadeOf> sources) {
    return sources.stream()
        .map(source -> "\"" + source + "\"")
        .collect(Collectors.joining(",", "[", "]"));
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
