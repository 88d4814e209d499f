package dev.palimpsest.memory;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is done while nobody asks for anything, and how far it is: digests of conversations and
 * months, the names that memories hold, and links between memories that say nearly the same. Every
 * step is one transaction with its checkpoint and with what it spent, so whoever dies in between
 * goes on there; a step that is done again changes nothing. Blocking, threads and exceptions as in
 * {@link MemoryStore}.
 */
public interface Consolidation {
  /** The {@link Origin#source()} of every digest that is made here. */
  String SOURCE = "consolidation";

  /** Near-duplicates that are looked for of a memory and shown at most. */
  int LINKS_MAX = 10;

  /**
   * How far it is.
   *
   * @param day whose spending is asked for
   */
  Standing standing(TenantId tenant, LocalDate day);

  /**
   * How far it is.
   *
   * @param noted the change up to which conversations were looked through for news
   * @param linked up to where near-duplicates were looked for
   * @param named up to where names were looked for
   * @param spent memories read on the day
   */
  record Standing(long noted, Place linked, Place named, int spent) {}

  /**
   * A place among the changes of memories, in their order.
   *
   * @param change number
   * @param memory the last one of it that was taken, or empty
   */
  record Place(long change, String memory) {
    /** Before all. */
    public static final Place START = new Place(0, "");

    /** Whether this change was taken already. */
    public boolean isBehind(MemoryChange one) {
      return one.number() < change
          || (one.number() == change && one.id().value().compareTo(memory) <= 0);
    }
  }

  /** Notes which conversations have news, and moves the checkpoint. */
  void note(TenantId tenant, News news);

  /**
   * What changed.
   *
   * @param grown conversations, each with its newest change
   * @param gone memories that were erased or revoked; digests among them are not made again
   * @param upTo the change up to which this is all
   */
  record News(Map<DigestSubject.Conversation, Seen> grown, List<MemoryId> gone, long upTo) {
    /** Copies both. */
    public News {
      grown = Map.copyOf(grown);
      gone = List.copyOf(gone);
    }
  }

  /**
   * A change of a member.
   *
   * @param change its number
   * @param learnedAt when
   */
  record Seen(long change, Instant learnedAt) {
    /** The later of both, in each part. */
    public Seen and(Seen other) {
      return new Seen(
          Math.max(change, other.change),
          learnedAt.isAfter(other.learnedAt) ? learnedAt : other.learnedAt);
    }
  }

  /**
   * What has had news since its digest was made, and none for a while; conversations first, and
   * those that have waited longest.
   *
   * @param quietSince when it was learned at the latest
   */
  Optional<Due> due(TenantId tenant, Instant quietSince);

  /**
   * What wants a digest.
   *
   * @param seen its newest change that is known
   */
  record Due(DigestSubject subject, long seen) {}

  /**
   * What a digest may be made of, in the order of the talk; of a month in that of time. Newest
   * versions of what was said, written down or imported, and nothing that was itself made of
   * memories; of a month, the versions that the digests of its conversations quote.
   *
   * @param limit the last ones at most, 1 to {@link Page#LIMIT_MAX}
   */
  List<Memory> members(TenantId tenant, DigestSubject subject, int limit);

  /**
   * Stores a digest, and that its subject is read. Stores nothing where a source was erased or
   * revoked meanwhile, or nobody wants the digest any more. Idempotency key: the digest's identity
   * and what it says. A digest of a conversation is news for the months that it quotes.
   *
   * @param digest null: there is nothing to be said of it
   */
  Optional<Stored> digest(TenantId tenant, Due due, @Nullable NewMemory digest, Spent spent);

  /**
   * What a step costs.
   *
   * @param day that pays
   * @param memories that were read, from 0
   */
  record Spent(LocalDate day, int memories) {}

  /**
   * Keeps the names that stand in versions, in place of what was known of these versions, and
   * merges and parts entities as the rules say; moves the checkpoint. What was erased or revoked
   * meanwhile is passed over. A name is the same as another one of its scope whose key is the same;
   * words that say that a name is an alias merge it, and so is a first name, where a person is
   * meant, that exactly one longer name of its scope begins with. What somebody undid is not merged
   * again.
   *
   * @return how many links are kept
   */
  int name(TenantId tenant, Naming naming, Spent spent);

  /**
   * What names were found in.
   *
   * @param named versions, those without names among them, each once
   * @param upTo where the checkpoint goes
   */
  record Naming(List<Named> named, Place upTo) {
    /** Copies the list. */
    public Naming {
      named = List.copyOf(named);
    }
  }

  /**
   * Looks for near-duplicates of newest versions, among those of their own scope exactly, and keeps
   * what it finds in place of what was known of these memories; moves the checkpoint. The work for
   * each is bounded, so of very many that are alike not all are found.
   *
   * @return how many links are kept
   */
  int link(TenantId tenant, Linking linking, Spent spent);

  /**
   * What near-duplicates are looked for of.
   *
   * @param memories in their newest version, each once
   * @param gone memories whose links go, being erased, revoked or not to be linked
   * @param space whose vectors are compared; null: the words alone
   * @param cosineMin from where on vectors are near
   * @param upTo where the checkpoint goes
   */
  record Linking(
      List<Memory> memories,
      List<MemoryId> gone,
      @Nullable EmbeddingSpace space,
      double cosineMin,
      Place upTo) {
    /** Copies the lists. */
    public Linking {
      memories = List.copyOf(memories);
      gone = List.copyOf(gone);
    }
  }

  /** The near-duplicates of a memory that may be recalled, the nearest first. */
  List<Similar> similar(TenantId tenant, MemoryId id);

  /**
   * A near-duplicate.
   *
   * @param memory the other one
   * @param cosine of their vectors; null where only the words were compared
   * @param isSameText whether they say the same but for case and white space
   */
  record Similar(Memory memory, @Nullable Double cosine, boolean isSameText) {}
}
