package dev.palimpsest.memory.session;

import dev.palimpsest.memory.MemoryStore;
import dev.palimpsest.memory.NewMemory;
import java.util.List;

/**
 * An event that is to be appended to an open turn.
 *
 * @param number that it will have, the session's last plus one
 * @param event neither a {@link TurnEvent.UserSaid} nor a {@link WindowChange}
 * @param remembered what becomes memory in the same transaction; only with the end of a turn, and
 *     with what a tool answers that writes it down
 */
public record NewEvent(TurnId turn, long number, TurnEvent event, List<NewMemory> remembered) {
  /** Refuses events that open a turn, and memories with others than those; copies the list. */
  public NewEvent {
    if (event instanceof TurnEvent.UserSaid) {
      throw new IllegalArgumentException("what a user said is accepted, not appended");
    }
    if (event instanceof WindowChange) {
      throw new IllegalArgumentException("what became of a window is noted, not appended");
    }
    remembered = List.copyOf(remembered);
    boolean mayRemember = event.isTerminal() || event instanceof TurnEvent.ToolAnswered;
    if (!remembered.isEmpty() && !mayRemember) {
      throw new IllegalArgumentException("a turn is remembered when it ends or a tool writes");
    }
    if (remembered.size() > MemoryStore.BATCH_MAX) {
      throw new IllegalArgumentException("at most " + MemoryStore.BATCH_MAX + " memories at once");
    }
  }
}
