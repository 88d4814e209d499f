package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A past turn that was answered.
 *
 * @param turn which
 * @param event number of the event with which it began
 * @param input what the user said
 * @param output what was answered
 * @param memories that the model read for it
 */
record Exchange(TurnId turn, long event, String input, String output, Set<MemoryId> memories) {
  Exchange {
    memories = Set.copyOf(memories);
  }

  /** Turns among the events that began before {@code event} and were answered, oldest first. */
  static List<Exchange> before(long event, List<LoggedEvent> log) {
    Map<TurnId, String> outputs = new HashMap<>();
    Map<TurnId, List<MemoryId>> read = new HashMap<>();
    for (LoggedEvent logged : log) {
      if (logged.event() instanceof TurnEvent.Answered answered) {
        outputs.put(logged.turn(), answered.output());
      } else if (logged.event() instanceof TurnEvent.Planned planned) {
        read.put(logged.turn(), planned.memoriesKept());
      }
    }
    List<Exchange> exchanges = new ArrayList<>();
    for (LoggedEvent logged : log) {
      String output = outputs.get(logged.turn());
      if (output != null
          && logged.number() < event
          && logged.event() instanceof TurnEvent.UserSaid said) {
        Set<MemoryId> memories = Set.copyOf(read.getOrDefault(logged.turn(), List.of()));
        exchanges.add(new Exchange(logged.turn(), logged.number(), said.text(), output, memories));
      }
    }
    return exchanges;
  }
}
