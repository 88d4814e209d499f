package dev.palimpsest.memory.session;

import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.NewMemory;
import java.util.List;

/**
 * An event that is to be appended to an open turn.
 *
 * @param number that it will have, the session's last plus one
 * @param event not a {@link TurnEvent.UserSaid}
 * @param remembered what becomes memory in the same transaction; only with the end of a turn
 */
public record NewEvent(TurnId turn, long number, TurnEvent event, List<NewMemory> remembered) {
  /** Refuses the events that open a turn, and memories of a turn that goes on; copies the list. */
  public NewEvent {
    if (event instanceof TurnEvent.UserSaid) {
      throw new IllegalArgumentException("what a user said is accepted, not appended");
    }
    remembered = List.copyOf(remembered);
    if (!remembered.isEmpty() && !event.isTerminal()) {
      throw new IllegalArgumentException("a turn is remembered when it ends");
    }
    if (remembered.size() > MemoryStore.BATCH_MAX) {
      throw new IllegalArgumentException("at most " + MemoryStore.BATCH_MAX + " memories at once");
    }
  }
}
