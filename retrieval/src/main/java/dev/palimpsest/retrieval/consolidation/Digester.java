package dev.palimpsest.retrieval.consolidation;

import dev.palimpsest.memory.Consolidation;
import dev.palimpsest.memory.DigestSubject;
import dev.palimpsest.memory.Label;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.VersionId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes the digest of a conversation or a month out of memories: a few of their sentences, word for
 * word and in order, each on a line as {@code [5 March 2023] Mara: I moved to Oslo.} Pure: the same
 * memories give the same digest, so storing it again stores nothing.
 */
final class Digester {
  /** Lines of a digest at most. */
  static final int LINES_MAX = 12;

  /** Lines of a digest, where there are as many sentences. */
  static final int LINES_MIN = 3;

  /** Memories for each line. */
  private static final int MEMORIES_PER_LINE = 8;

  /** Conversations that a month must have had: of fewer their own digests say all. */
  static final int CONVERSATIONS_MIN = 3;

  private static final int SPEAKER_CHARACTERS_MAX = 80;
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("d MMMM uuuu", Locale.ENGLISH).withZone(ZoneOffset.UTC);

  private final int membersMin;

  /**
   * A digester.
   *
   * @param membersMin memories that a conversation has at least to have a digest
   */
  Digester(int membersMin) {
    this.membersMin = membersMin;
  }

  /**
   * The digest; empty where there is too little to be said.
   *
   * @param members in order
   */
  Optional<NewMemory> digest(DigestSubject subject, List<Memory> members) {
    if (!isWorthIt(subject, members)) {
      return Optional.empty();
    }
    List<Sentence> sentences =
        members.stream().flatMap(memory -> Sentence.of(memory).stream()).toList();
    int lines = Math.clamp(members.size() / MEMORIES_PER_LINE, LINES_MIN, LINES_MAX);
    List<Sentence> quoted = Excerpt.of(sentences, lines);
    return quoted.isEmpty() ? Optional.empty() : Optional.of(digest(subject, members, quoted));
  }

  private boolean isWorthIt(DigestSubject subject, List<Memory> members) {
    return switch (subject) {
      case DigestSubject.Conversation talk -> members.size() >= membersMin;
      case DigestSubject.Month month ->
          members.stream().map(Talk::of).distinct().count() >= CONVERSATIONS_MIN;
    };
  }

  private record Talk(String source, @Nullable String session) {
    static Talk of(Memory memory) {
      return new Talk(memory.origin().source(), memory.origin().session());
    }
  }

  private static NewMemory digest(
      DigestSubject subject, List<Memory> members, List<Sentence> quoted) {
    Set<VersionId> sources = new LinkedHashSet<>();
    Label label = Label.SYSTEM;
    for (Sentence sentence : quoted) {
      sources.add(sentence.memory().versionId());
      label = Label.lowest(label, sentence.memory().content().label());
    }
    String text = quoted.stream().map(Digester::line).collect(Collectors.joining("\n"));
    MemoryText content =
        MemoryText.of(text)
            .labelled(label)
            .happenedAt(newest(quoted.stream().map(Sentence::memory).toList()))
            .withMetadata(metadata(subject, members));
    return new NewMemory(
            subject.scope(),
            MemoryKind.DIGEST,
            new Origin(Consolidation.SOURCE, session(subject), null, 0),
            spanning(subject, members, content),
            subject.identity())
        .from(sources);
  }

  private static @Nullable String session(DigestSubject subject) {
    return subject instanceof DigestSubject.Conversation talk ? talk.session() : null;
  }

  private static String line(Sentence sentence) {
    MemoryText content = sentence.memory().content();
    Instant at = content.happenedAt();
    String day = at == null ? "" : "[" + DAY.format(at) + "] ";
    String speaker = content.speaker();
    String who = speaker == null ? "" : speaker.replaceAll("\\R|\\p{Cntrl}", " ").strip();
    boolean isNamed = !who.isEmpty() && who.length() <= SPEAKER_CHARACTERS_MAX;
    return day + (isNamed ? who + ": " : "") + sentence.text();
  }

  /**
   * Of a conversation from its first to just behind its last memory that has a time, of a month
   * that month.
   */
  private static MemoryText spanning(
      DigestSubject subject, List<Memory> members, MemoryText content) {
    return switch (subject) {
      case DigestSubject.Conversation talk ->
          content.valid(oldest(members), justBehind(newest(members)));
      case DigestSubject.Month month ->
          content.valid(
              start(month.month().atDay(1).atStartOfDay().toInstant(ZoneOffset.UTC)),
              start(month.month().plusMonths(1).atDay(1).atStartOfDay().toInstant(ZoneOffset.UTC)));
    };
  }

  private static Instant start(Instant month) {
    return month.isAfter(MemoryText.LATEST) ? MemoryText.LATEST : month;
  }

  private static @Nullable Instant justBehind(@Nullable Instant last) {
    return last == null || !last.isBefore(MemoryText.LATEST)
        ? last
        : last.plus(1, ChronoUnit.MICROS);
  }

  private static @Nullable Instant oldest(List<Memory> memories) {
    return memories.stream()
        .map(memory -> memory.content().happenedAt())
        .filter(Objects::nonNull)
        .min(Comparator.naturalOrder())
        .orElse(null);
  }

  private static @Nullable Instant newest(List<Memory> memories) {
    return memories.stream()
        .map(memory -> memory.content().happenedAt())
        .filter(Objects::nonNull)
        .max(Comparator.naturalOrder())
        .orElse(null);
  }

  /** What it is of, so that a digest of other versions is another one even with the same words. */
  private static String metadata(DigestSubject subject, List<Memory> members) {
    String of =
        switch (subject) {
          case DigestSubject.Conversation talk -> "\"of\":\"session\"";
          case DigestSubject.Month month -> "\"of\":\"month\",\"month\":\"" + month.month() + "\"";
        };
    return "{%s,\"memories\":%d,\"memories_sha256\":\"%s\"}"
        .formatted(of, members.size(), sum(members));
  }

  /** Of the names of the versions, one a line. */
  private static String sum(List<Memory> members) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Memory member : members) {
        digest.update((member.versionId() + "\n").getBytes(StandardCharsets.UTF_8));
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
