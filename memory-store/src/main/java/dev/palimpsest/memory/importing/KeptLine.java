package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.KeptVersion;
import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.MadeOf;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Revoked;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.VersionId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A version out of its line in an archive, as {@link PalimpsestWriter#add} writes it. */
final class KeptLine {
  private static final Pattern SOURCE =
      Pattern.compile(
          "(mem_[0-9A-Za-z]{1,60})/([1-9][0-9]{0,8})(?:#(0|[1-9][0-9]{0,8})-([1-9][0-9]{0,8}))?");

  private KeptLine() {}

  static KeptVersion read(Fields line) throws UnusableException {
    try {
      return new KeptVersion(
          new MemoryId(line.needed("id")),
          Math.toIntExact(number(line, "version")),
          scope(line.inner("scope")),
          constant(MemoryKind.class, line.needed("kind"), "kind"),
          new Origin(
              line.needed("source"),
              line.text("session"),
              line.text("record_id"),
              number(line, "position")),
          content(line),
          neededTime(line, "learned_at"),
          line.text("identity"),
          sources(line),
          revoked(line));
    } catch (IllegalArgumentException | ArithmeticException e) {
      // Of these each says which member it cannot take.
      throw Fields.shape("It cannot be a memory: " + e.getMessage() + ".");
    }
  }

  private static List<MadeOf> sources(Fields line) throws UnusableException {
    Json value = line.value("sources");
    if (value != null && !(value instanceof Json.Items)) {
      throw Fields.shape("'sources' is not a list.");
    }
    List<MadeOf> sources = new ArrayList<>();
    for (Json one : value instanceof Json.Items(List<Json> values) ? values : List.<Json>of()) {
      Matcher matcher = one instanceof Json.Text(String text) ? SOURCE.matcher(text) : null;
      if (matcher == null || !matcher.matches()) {
        throw Fields.shape("'sources' holds what is no version.");
      }
      sources.add(source(matcher));
    }
    return sources;
  }

  private static MadeOf source(Matcher named) {
    VersionId version =
        new VersionId(new MemoryId(named.group(1)), Integer.parseInt(named.group(2)));
    String start = named.group(3);
    return start == null
        ? MadeOf.all(version)
        : new MadeOf(
            version, new MadeOf.Span(Integer.parseInt(start), Integer.parseInt(named.group(4))));
  }

  private static @Nullable Revoked revoked(Fields line) throws UnusableException {
    Instant at = time(line, "revoked_at");
    return at == null ? null : new Revoked(at, line.text("revoked_reason"));
  }

  private static Scope scope(Fields scope) throws UnusableException {
    return new Scope(scope.text("user"), scope.text("agent"), scope.text("project"));
  }

  private static MemoryText content(Fields line) throws UnusableException {
    return new MemoryText(
        line.needed("text"),
        line.text("speaker"),
        time(line, "happened_at"),
        time(line, "valid_from"),
        time(line, "valid_to"),
        constant(Label.class, line.needed("label"), "label"),
        metadata(line.needed("metadata")));
  }

  private static String metadata(String text) throws UnusableException {
    if (Json.read(text, false) instanceof Json.Members) {
      return text;
    }
    throw Fields.shape("'metadata' is not the text of an object.");
  }

  private static long number(Fields line, String name) throws UnusableException {
    String written = line.value(name) instanceof Json.Plain(String text) ? text : "";
    try {
      return Long.parseLong(written);
    } catch (NumberFormatException e) {
      throw Fields.shape("'" + name + "' is not a whole number.");
    }
  }

  private static Instant neededTime(Fields line, String name) throws UnusableException {
    Instant time = time(line, name);
    if (time == null) {
      throw Fields.shape("There is no '" + name + "'.");
    }
    return time;
  }

  private static @Nullable Instant time(Fields line, String name) throws UnusableException {
    String text = line.text(name);
    if (text == null) {
      return null;
    }
    return Times.instant(text)
        .orElseThrow(() ->
            new UnusableException(
                RejectionReason.INVALID_TIME, "'" + name + "' is not a time with an offset."));
  }

  private static <E extends Enum<E>> E constant(Class<E> type, String word, String name)
      throws UnusableException {
    for (E constant : type.getEnumConstants()) {
      if (constant.name().toLowerCase(Locale.ROOT).equals(word)) {
        return constant;
      }
    }
    throw Fields.shape("'" + name + "' is none that is known.");
  }
}
