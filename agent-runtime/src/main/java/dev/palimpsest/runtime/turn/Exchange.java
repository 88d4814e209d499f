package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.LoggedEvent;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.TurnId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A past turn that was answered.
 *
 * @param turn which
 * @param event number of the event with which it began
 * @param input what the user said
 * @param output what was answered
 */
record Exchange(TurnId turn, long event, String input, String output) {
  /** Turns among the events that began before {@code event} and were answered, oldest first. */
  static List<Exchange> before(long event, List<LoggedEvent> log) {
    Map<TurnId, String> outputs = new HashMap<>();
    for (LoggedEvent logged : log) {
      if (logged.event() instanceof TurnEvent.Answered answered) {
        outputs.put(logged.turn(), answered.output());
      }
    }
    List<Exchange> exchanges = new ArrayList<>();
    for (LoggedEvent logged : log) {
      String output = outputs.get(logged.turn());
      if (output != null
          && logged.number() < event
          && logged.event() instanceof TurnEvent.UserSaid said) {
        exchanges.add(new Exchange(logged.turn(), logged.number(), said.text(), output));
      }
    }
    return exchanges;
  }
}
