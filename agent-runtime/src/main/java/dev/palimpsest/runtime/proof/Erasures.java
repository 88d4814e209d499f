package dev.palimpsest.runtime.proof;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.ChainHead;
import dev.palimpsest.memory.Erased;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.SourceName;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.retention.Retainer;
import dev.palimpsest.memory.retention.Retention;
import dev.palimpsest.memory.retention.RetentionArchive;
import dev.palimpsest.memory.session.EraseReceipt;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.retrieval.index.IndexFollower;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.recall.Following;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Erases, in the store and wherever else there is something of it, and writes a signed receipt that
 * says what was removed and what may hold it still. For many threads.
 */
public final class Erasures implements Retainer.Receipts {
  /** Memories of one transaction at most. */
  private static final int STEP_MEMORIES = 500;

  /** How long a receipt waits for the index of words; behind that it says that it is behind. */
  private static final Duration INDEX_PATIENCE = Duration.ofSeconds(2);

  private final StoreLink store;
  private final Retention retention;
  private final Copies copies;
  private final Reached words;
  private final SigningKey key;
  private final ObjectMapper json;

  /**
   * The index of words, as far as an erasure waits for it.
   *
   * @param following wakes those who keep it
   * @param index tells how far it is
   */
  public record Reached(Following following, IndexFollower index) {
    private boolean await(TenantId tenant, long change) {
      following.wake();
      try {
        return index.awaitVisible(tenant, change, INDEX_PATIENCE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }
  }

  /** Over these. */
  public Erasures(
      StoreLink store,
      Retention retention,
      Copies copies,
      Reached words,
      SigningKey key,
      ObjectMapper json) {
    this.store = store;
    this.retention = retention;
    this.copies = copies;
    this.words = words;
    this.key = key;
    this.json = json;
  }

  /**
   * Erases a memory with all its versions; empty when there is none.
   *
   * @param origin of the memory
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away
   */
  public Optional<ObjectNode> memory(TenantId tenant, MemoryId id, Origin origin) {
    Optional<Erased> found = store.memories().erase(tenant, id);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Copies.Gone forgotten = copies.forgetAll(tenant);
    Erased erased = found.get();
    ObjectNode receipt = json.createObjectNode();
    receipt.put("memory", id.value());
    receipt.put("versions_erased", erased.versions());
    receipt.put("erased_at", erased.at().toString());
    boolean isSaidHere = origin.source().equals(Origin.OF_SESSIONS) && origin.session() != null;
    return Optional.of(
        finish(tenant, receipt, erased, forgotten, isSaidHere ? origin.session() : null));
  }

  /**
   * Erases a session with all that it gave rise to; empty when there is none. What is on disk is
   * deleted before, so that no crash leaves a file of a session that is gone, and after, because a
   * turn may have ended in between.
   *
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away
   */
  public Optional<ObjectNode> session(TenantId tenant, SessionId session) {
    Copies.Gone before = copies.forget(tenant, session);
    Optional<EraseReceipt> found = store.sessions().erase(tenant, session);
    Copies.Gone forgotten = before.and(copies.forget(tenant, session));
    if (found.isEmpty()) {
      return Optional.empty();
    }
    EraseReceipt erased = found.get();
    ObjectNode receipt = json.createObjectNode();
    receipt.put("session", session.value());
    receipt.put("events_erased", erased.eventsErased());
    receipt.put("memories_erased", erased.erased().memories());
    receipt.put("erased_at", erased.at().toString());
    return Optional.of(finish(tenant, receipt, erased.erased(), forgotten, null));
  }

  /**
   * Erases all memories of a source, part by part. After an exception the same call erases the
   * rest.
   *
   * @param user this user's own alone; null: everybody's
   * @param now for a receipt of nothing
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away
   */
  public ObjectNode source(TenantId tenant, SourceName source, @Nullable String user, Instant now) {
    Erased erased = Erased.nothing(now);
    MemoryId after = null;
    do {
      Erased part = store.memories().eraseSource(tenant, source, user, after, STEP_MEMORIES);
      erased = erased.and(part);
      after = part.next();
    } while (after != null);
    Copies.Gone forgotten = copies.forgetAll(tenant);
    ObjectNode receipt = json.createObjectNode();
    receipt.put("source", source.text());
    receipt.put("memories_erased", erased.memories());
    receipt.put("versions_erased", erased.versions());
    receipt.put("erased_at", erased.at().toString());
    boolean isSession = source.sort() == SourceName.Sort.SESSION;
    return finish(tenant, receipt, erased, forgotten, isSession ? source.text() : null);
  }

  /**
   * What retention erased, with the archive that holds it until its time is over.
   *
   * @throws dev.palimpsest.memory.MemoryStoreException when the store is away
   */
  @Override
  public String write(TenantId tenant, RetentionArchive archive, Instant keepUntil) {
    Copies.Gone forgotten = copies.forgetAll(tenant);
    Erased erased = archive.erased();
    ObjectNode receipt = json.createObjectNode();
    receipt.put("memories_erased", erased.memories());
    receipt.put("versions_erased", erased.versions());
    receipt.put("erased_at", erased.at().toString());
    ObjectNode policy = receipt.putObject("policy");
    policy.putIfAbsent("scope", json.valueToTree(archive.policy().scope()));
    policy.put("keep_days", archive.policy().keepDays());
    policy.put("archive_days", archive.policy().archiveDays());
    RetentionArchive.Written written = Objects.requireNonNull(archive.written());
    ObjectNode file = receipt.putObject("archive");
    file.put("id", archive.id().value());
    file.put("sha256", written.sha256());
    file.put("bytes", written.bytes());
    file.put("memories", written.memories());
    file.put("versions", written.versions());
    file.put("keep_until", keepUntil.toString());
    ArrayNode remains = receipt.putArray("may_remain");
    remain(remains, "archive", "until " + keepUntil);
    remain(remains, "session_log", "of what was said in a session, until that is erased");
    return finish(tenant, receipt, erased, forgotten, null).toString();
  }

  /**
   * Adds what was removed and what was not, and signs.
   *
   * @param saidIn the session whose log still has the words; null where none has
   */
  private ObjectNode finish(
      TenantId tenant,
      ObjectNode receipt,
      Erased erased,
      Copies.Gone forgotten,
      @Nullable String saidIn) {
    boolean isUnfound = words.await(tenant, erased.change());
    ObjectNode removed = receipt.putObject("removed");
    removed.put("memories", erased.memories());
    removed.put("versions", erased.versions());
    removed.put("vectors", erased.vectors());
    removed.put("entity_links", erased.names().links());
    removed.put("entities", erased.names().entities());
    removed.put("lexical_documents", isUnfound ? erased.versions() : 0);
    removed.put("snapshots", forgotten.snapshots());
    removed.put("prefix_cache_pages", forgotten.pages());
    removed.put("search_traces", forgotten.traces());
    ArrayNode derived = receipt.putArray("derived");
    erased.derived().forEach(id -> derived.add(id.value()));
    ArrayNode remains = receipt.withArrayProperty("may_remain");
    remain(remains, "database_files", "until PostgreSQL has vacuumed and reused its log");
    remain(remains, "word_index_files", "until the index merges its files");
    remain(remains, "backups", "as long as they are kept; restoring one brings it back");
    if (!isUnfound) {
      remain(remains, "word_index", "until it has followed change " + erased.change());
    }
    if (!erased.derived().isEmpty()) {
      remain(remains, "derived_memories", "until they are erased too; 'derived' names them");
    }
    if (!retention.archives(tenant, 1, null).data().isEmpty()) {
      remain(remains, "retention_archives", "if retention archived it, as long as they are kept");
    }
    if (saidIn != null) {
      remain(remains, "session_log", "until session " + saidIn + " is erased");
    }
    ChainHead head = store.audit().head(tenant);
    ObjectNode chain = receipt.putObject("chain");
    chain.put("change", head.change());
    chain.put("link", head.link());
    return key.sign(receipt);
  }

  private static void remain(ArrayNode remains, String where, String until) {
    ObjectNode one = remains.addObject();
    one.put("where", where);
    one.put("until", until);
  }
}
