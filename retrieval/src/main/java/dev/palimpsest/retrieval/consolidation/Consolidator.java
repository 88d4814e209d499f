package dev.palimpsest.retrieval.consolidation;

import dev.palimpsest.memory.Consolidation;
import dev.palimpsest.memory.Consolidation.Due;
import dev.palimpsest.memory.Consolidation.Linking;
import dev.palimpsest.memory.Consolidation.Naming;
import dev.palimpsest.memory.Consolidation.News;
import dev.palimpsest.memory.Consolidation.Place;
import dev.palimpsest.memory.Consolidation.Seen;
import dev.palimpsest.memory.Consolidation.Spent;
import dev.palimpsest.memory.Consolidation.Standing;
import dev.palimpsest.memory.DigestSubject;
import dev.palimpsest.memory.EmbeddingSpace;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryChange;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.MemoryVectors;
import dev.palimpsest.memory.Named;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Stored;
import dev.palimpsest.memory.TenantId;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Consolidates the memories of tenants, one small step at a time: first conversations that have
 * news are noted, then digests of those that are quiet are made, then names are found, then
 * near-duplicates are linked. Each step is one transaction with its checkpoint and what it spent of
 * the day's budget, so the process may end after any of them. Blocking; for one thread.
 */
public final class Consolidator {
  /** Changes that are looked through for news in one step. */
  private static final int CHANGES = 200;

  /** Memories in which names are looked for in one step. */
  static final int NAMED_AT_ONCE = 64;

  /** Memories whose near-duplicates are looked for in one step. */
  static final int LINKED_AT_ONCE = 32;

  /** A shorter text is like many others without meaning the same, in UTF-16 units. */
  static final int LINKED_CHARACTERS_MIN = 20;

  private final MemoryStore memories;
  private final MemoryVectors vectors;
  private final Consolidation consolidation;
  private final ConsolidationLimits limits;
  private final InstantSource clock;
  private final Digester digester;

  /** What a step did. */
  public enum Kind {
    /** Conversations with news were noted. */
    NOTED,
    /** A conversation or a month was read; {@link Step#count} says whether there is a digest. */
    DIGESTED,
    /** Names were looked for. */
    NAMED,
    /** Near-duplicates were looked for. */
    LINKED,
    /** There was nothing to do, or nothing left to spend today. */
    NOTHING
  }

  /**
   * What a step did.
   *
   * @param count versions of digests, links to entities or between near-duplicates that were stored
   */
  public record Step(Kind kind, int count) {}

  /** Over these. */
  public Consolidator(
      MemoryStore memories,
      MemoryVectors vectors,
      Consolidation consolidation,
      ConsolidationLimits limits,
      InstantSource clock) {
    this.memories = memories;
    this.vectors = vectors;
    this.consolidation = consolidation;
    this.limits = limits;
    this.clock = clock;
    this.digester = new Digester(limits.membersMin());
  }

  /**
   * Does the next step.
   *
   * @param space whose vectors say what is near; null: equal words alone are looked for
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away
   */
  public Step step(TenantId tenant, @Nullable EmbeddingSpace space) {
    Instant now = clock.instant();
    LocalDate day = LocalDate.ofInstant(now, ZoneOffset.UTC);
    Standing standing = consolidation.standing(tenant, day);
    if (note(tenant, standing.noted())) {
      return new Step(Kind.NOTED, 0);
    }
    int left = limits.memoriesPerDay() - standing.spent();
    if (left >= limits.membersMax()) {
      Optional<Due> due = consolidation.due(tenant, now.minus(limits.quiet()));
      if (due.isPresent()) {
        return new Step(Kind.DIGESTED, digest(tenant, due.get(), day));
      }
    }
    List<MemoryChange> unnamed = unread(tenant, standing.named(), Math.min(NAMED_AT_ONCE, left));
    if (!unnamed.isEmpty()) {
      return new Step(Kind.NAMED, name(tenant, unnamed, new Spent(day, unnamed.size())));
    }
    List<MemoryChange> next =
        next(tenant, standing.linked(), space, Math.min(LINKED_AT_ONCE, left));
    return next.isEmpty()
        ? new Step(Kind.NOTHING, 0)
        : new Step(Kind.LINKED, link(tenant, next, space, new Spent(day, next.size())));
  }

  private boolean note(TenantId tenant, long noted) {
    List<MemoryChange> changes = memories.changes(tenant, noted, CHANGES);
    if (changes.isEmpty()) {
      return false;
    }
    Map<DigestSubject.Conversation, Seen> grown = new HashMap<>();
    List<MemoryId> gone = new ArrayList<>();
    for (MemoryChange change : changes) {
      if (change.versions().isEmpty()) {
        gone.add(change.id());
      }
      newest(change)
          .filter(memory -> memory.origin().session() != null)
          .ifPresent(memory ->
              grown.merge(
                  conversation(memory),
                  new Seen(change.number(), memory.learnedAt()),
                  (Seen a, Seen b) -> a.and(b)));
    }
    consolidation.note(tenant, new News(grown, gone, changes.getLast().number()));
    return true;
  }

  /** As it is now; empty for what is gone and for digests, of which no digests are made. */
  private static Optional<Memory> newest(MemoryChange change) {
    return change.versions().stream()
        .filter(memory -> memory.isNewest() && memory.kind() != MemoryKind.DIGEST)
        .findFirst();
  }

  private static DigestSubject.Conversation conversation(Memory memory) {
    String session = memory.origin().session();
    return new DigestSubject.Conversation(
        memory.scope(), memory.origin().source(), session == null ? "" : session);
  }

  private int digest(TenantId tenant, Due due, LocalDate day) {
    List<Memory> members = consolidation.members(tenant, due.subject(), limits.membersMax());
    NewMemory digest = digester.digest(due.subject(), members).orElse(null);
    return consolidation
            .digest(tenant, due, digest, new Spent(day, members.size()))
            .filter(stored -> stored.outcome() != Stored.Outcome.DUPLICATE)
            .isPresent()
        ? 1
        : 0;
  }

  /** What has no vectors yet waits for them. */
  private List<MemoryChange> next(
      TenantId tenant, Place place, @Nullable EmbeddingSpace space, int most) {
    long upTo = space == null ? Long.MAX_VALUE : vectors.checkpoint(tenant, space);
    return unread(tenant, place, most).stream().filter(change -> change.number() <= upTo).toList();
  }

  /**
   * What comes behind a place. Many may come under one number, of which some were taken already.
   */
  private List<MemoryChange> unread(TenantId tenant, Place place, int most) {
    if (most <= 0) {
      return List.of();
    }
    List<MemoryChange> rest = changes(tenant, place, Math.max(0, place.change() - 1), most);
    return rest.isEmpty() ? changes(tenant, place, place.change(), most) : rest;
  }

  private List<MemoryChange> changes(TenantId tenant, Place place, long after, int most) {
    return memories.changes(tenant, after, most).stream()
        .filter(change -> !place.isBehind(change))
        .limit(most)
        .toList();
  }

  /**
   * Each version once, under the change that wrote it. A digest says again what others say; what is
   * gone has no links any more.
   */
  private int name(TenantId tenant, List<MemoryChange> next, Spent spent) {
    List<Named> named =
        next.stream()
            .flatMap(change ->
                change.versions().stream().filter(memory -> memory.change() == change.number()))
            .filter(memory -> memory.kind() != MemoryKind.DIGEST)
            .map(NameFinder::in)
            .toList();
    return consolidation.name(tenant, new Naming(named, place(next)), spent);
  }

  private static Place place(List<MemoryChange> read) {
    MemoryChange last = read.getLast();
    return new Place(last.number(), last.id().value());
  }

  private int link(
      TenantId tenant, List<MemoryChange> next, @Nullable EmbeddingSpace space, Spent spent) {
    Map<MemoryId, Memory> wanted = new LinkedHashMap<>();
    List<MemoryId> gone = new ArrayList<>();
    for (MemoryChange change : next) {
      newest(change)
          .filter(memory -> memory.text().strip().length() >= LINKED_CHARACTERS_MIN)
          .ifPresentOrElse(memory -> wanted.put(memory.id(), memory), () -> gone.add(change.id()));
    }
    return consolidation.link(
        tenant,
        new Linking(List.copyOf(wanted.values()), gone, space, limits.cosineMin(), place(next)),
        spent);
  }
}
