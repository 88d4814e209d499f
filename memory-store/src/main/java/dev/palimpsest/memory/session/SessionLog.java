package dev.palimpsest.memory.session;

import dev.palimpsest.memory.Change;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of all tenants and the append-only log of each. Every method blocks, belongs on a
 * virtual thread, is safe for many threads, and throws {@link
 * dev.palimpsest.memory.MemoryStoreException} when the store is away. Every write is one
 * transaction: it happened completely and is durable when the method returns, or not at all. After
 * an exception in a write it may have happened; the same call again says so ({@link
 * Creation.Existing} with an idempotency key, {@link Acceptance.Repeated}, {@link Appended.Stale}).
 *
 * <p>A session has at most one open turn: {@link #accept} opens it, a terminal event closes it in
 * the transaction that writes it.
 */
public interface SessionLog {
  /** The longest lease. */
  Duration LEASE_MAX = Duration.ofMinutes(10);

  /**
   * The most text, in UTF-16 units of encoded events, that one {@link #read} returns; a single
   * longer event is returned alone.
   */
  int READ_CHARACTERS_MAX = 16 << 20;

  /** Creates a session. Idempotency key: the request's own, within tenant and scope. */
  Creation create(TenantId tenant, NewSession session);

  /**
   * Makes a session of the same settings that begins with the events of another, which are from
   * then on its own: erasing one of the two takes nothing from the other. Memories stay with the
   * session in which they were said. Idempotency key: the request's own, within tenant and scope.
   *
   * @param at number of an event that ends a turn, or of a {@link WindowChange} between two turns;
   *     0 for no event; null for the last of either
   */
  Forking fork(
      TenantId tenant, SessionId parent, @Nullable Long at, @Nullable String idempotencyKey);

  /** The session as it is now. */
  default Optional<Session> find(TenantId tenant, SessionId session) {
    return find(tenant, session, null);
  }

  /**
   * The session as it was at a moment: with the number of its newest event and the time of its last
   * change of then. Its settings are those of now, since the log keeps no earlier ones. Empty when
   * it was made later, and when it was erased, be it later.
   *
   * @param asOf null: as it is now
   */
  Optional<Session> find(TenantId tenant, SessionId session, @Nullable Instant asOf);

  /** Sessions as they are now. */
  default Page<Session> list(TenantId tenant, Scope filter, int limit, @Nullable String after) {
    return list(tenant, filter, limit, after, null);
  }

  /**
   * Sessions that {@code filter} {@linkplain Scope#admits admits}, newest first.
   *
   * @param limit 1 to {@link Page#LIMIT_MAX}
   * @param after {@link Page#next()} of the page before, or null
   * @param asOf those that were there at that moment, each as {@link #find} shows it; null: now
   * @throws IllegalArgumentException when {@code after} is not a session id
   */
  Page<Session> list(
      TenantId tenant, Scope filter, int limit, @Nullable String after, @Nullable Instant asOf);

  /** Changes settings; empty when there is no such session. A patch is its own idempotency. */
  Optional<Session> update(TenantId tenant, SessionId session, SessionPatch patch);

  /**
   * Erases a session and its whole log, an open turn included, and the memories that came of it
   * with all versions and vectors; its changes go too, and one {@code memory_erased} for each
   * memory and one {@code session_erased} take their place. Empty when there is no such session.
   */
  Optional<EraseReceipt> erase(TenantId tenant, SessionId session);

  /**
   * Opens a turn with what the user said. Idempotency keys: the client's turn id where there is
   * one, and the proposed id. Looked for before anything else, so that a repeat is told so even
   * while another turn is open.
   */
  Acceptance accept(TenantId tenant, SessionId session, TurnId proposed, TurnEvent.UserSaid said);

  /**
   * Appends the next event of the open turn. Idempotency key: the number, which must be the
   * session's last plus one. A {@link TurnEvent.Recalled} or {@link TurnEvent.Planned} opens again
   * a turn whose last event is a {@link TurnEvent.TurnFailed} of {@link FailureType#INTERRUPTED},
   * provided no other turn is open. Checks in this order: session, lease, number, turn.
   *
   * <p>What is to be remembered is stored in the same transaction, each under its own identity, so
   * that no turn has an end and no memory, and none has the memory twice.
   *
   * @param owner must hold the session's lease
   */
  Appended append(TenantId tenant, SessionId session, NewEvent event, NodeId owner);

  /**
   * Appends an event that leaves nothing to remember.
   *
   * @throws IllegalArgumentException for a {@link TurnEvent.UserSaid}, which {@link #accept} writes
   */
  default Appended append(
      TenantId tenant, SessionId session, TurnId turn, long number, TurnEvent event, NodeId owner) {
    return append(tenant, session, new NewEvent(turn, number, event, List.of()), owner);
  }

  /**
   * Appends what became of the session's window, under its newest turn, whoever holds the lease. An
   * open turn stays open, and finds that its own next number was taken. Idempotency key: the
   * number, which must be the session's last plus one. {@link Appended.NotOpen} where there is no
   * turn yet.
   */
  Appended note(TenantId tenant, SessionId session, long number, WindowChange change);

  /** Events of whatever time. */
  default List<LoggedEvent> read(TenantId tenant, SessionId session, long after, int limit) {
    return read(tenant, session, after, limit, null);
  }

  /**
   * Events with a number above {@code after}, in order: at most {@code limit}, and fewer where
   * texts are long ({@link #READ_CHARACTERS_MAX}). Empty at the end of the log and only there.
   *
   * @param limit 1 to {@link Page#LIMIT_MAX}
   * @param asOf only those that were appended at or before it, by {@link LoggedEvent#at}; null: all
   */
  List<LoggedEvent> read(
      TenantId tenant, SessionId session, long after, int limit, @Nullable Instant asOf);

  /**
   * All events of a turn in order, without what became of the window meanwhile; empty when there is
   * no such turn.
   *
   * @throws dev.palimpsest.memory.MemoryStoreException for a turn of more than {@link
   *     Page#LIMIT_MAX} events
   */
  List<LoggedEvent> readTurn(TenantId tenant, SessionId session, TurnId turn);

  /** The first open turns. */
  default List<OpenTurn> openTurns(int limit) {
    return openTurns(null, limit);
  }

  /**
   * Open turns of all tenants, for recovery; ordered by tenant and session.
   *
   * @param after the last of the page before, or null
   * @param limit 1 to {@link Page#LIMIT_MAX}
   */
  List<OpenTurn> openTurns(@Nullable OpenTurn after, int limit);

  /**
   * Changes with a number above {@code after}, in order. Whatever this has not returned up to some
   * number will never appear below it.
   *
   * @param limit 1 to {@link Page#LIMIT_MAX}
   */
  List<Change> changes(TenantId tenant, long after, int limit);

  /**
   * Takes or prolongs the session's lease until now plus {@code duration}. Times are the caller's
   * clock: nodes whose clocks differ may lose a lease early or wait for it longer, but never both
   * hold it, since the row names one owner.
   *
   * @param duration above zero, at most {@link #LEASE_MAX}
   * @return false when another owner's lease has not run out, or there is no such session
   */
  boolean lease(TenantId tenant, SessionId session, NodeId owner, Duration duration);

  /** Gives the lease back; nothing happens when another owner holds it. */
  void release(TenantId tenant, SessionId session, NodeId owner);
}
