package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** Line by line: commands begin with a slash, everything else is a turn. */
final class ChatLoop {
  private static final int EVENT_CHARS_MAX = 160;
  private static final int EVENTS_SHOWN_MAX = 1000;

  private final Service service;
  private final String session;
  private final Conversation conversation;
  private final ChatInput input;
  private final ChatScreen screen;
  private boolean allAnswered = true;
  private Evidence evidence = Evidence.NONE;

  ChatLoop(
      Service service,
      String session,
      Conversation conversation,
      ChatInput input,
      ChatScreen screen) {
    this.service = service;
    this.session = session;
    this.conversation = conversation;
    this.input = input;
    this.screen = screen;
  }

  /** Runs until the input ends or somebody leaves; true if every turn was answered. */
  boolean run() {
    boolean goesOn = true;
    while (goesOn) {
      Optional<String> line = input.next();
      goesOn = line.isPresent() && handle(line.get());
    }
    return allAnswered;
  }

  private boolean handle(String line) {
    if (line.startsWith("/") && !line.startsWith("//")) {
      return command(line.split("\\s+", 2));
    }
    say(line.startsWith("//") ? line.substring(1) : line);
    return true;
  }

  private void say(String text) {
    ObjectNode request = Json.object().put("input", text);
    TurnOutcome outcome =
        input.during(() -> conversation.turn(request, screen), conversation::interrupt);
    evidence = outcome instanceof TurnOutcome.Done done ? done.evidence() : Evidence.NONE;
    allAnswered &= screen.ended(outcome);
  }

  private boolean command(String[] words) {
    switch (words[0]) {
      case "/quit", "/exit" -> {
        return false;
      }
      case "/help" -> help();
      case "/session" -> describeSession();
      case "/events" -> listEvents(words.length > 1 ? words[1] : "0");
      case "/memory" -> showMemory();
      case "/fork" -> fork(words.length > 1 ? words[1] : "");
      case "/context", "/why" ->
          screen.line(words[0] + " is not part of this version of the service.");
      default -> screen.line("There is no command " + words[0] + "; /help lists what there is.");
    }
    return true;
  }

  private void help() {
    screen.line("/session         which session this is and how to come back to it");
    screen.line("/events [AFTER]  what the service has recorded, from the event after that number");
    screen.line("/memory          what was remembered for the last answer, the best first");
    screen.line("/fork [EVENT]    a new session with the past of this one, up to that event");
    screen.line("/quit            leave; the session stays");
    screen.line("//text           say something that begins with a slash");
    screen.line("Ctrl-C           stop the running answer; at the empty prompt: leave");
  }

  private void showMemory() {
    if (evidence.recalled().isEmpty()) {
      screen.line("Nothing was remembered for the last answer.");
    }
    for (Evidence.Piece piece : evidence.recalled()) {
      screen.line(SafeText.line(piece.line(), Evidence.LINE_CHARS_MAX));
    }
  }

  private void describeSession() {
    screen.line("session  " + session);
    screen.line("service  " + service.address().base());
    screen.line("again    ./palimpsest chat --session " + session);
  }

  private void fork(String at) {
    if (!at.matches("[0-9]{0,18}")) {
      screen.line("/fork takes the number of an event, not '" + at + "'.");
      return;
    }
    ObjectNode request = at.isEmpty() ? Json.object() : Json.object().put("at", Long.parseLong(at));
    try {
      JsonNode made =
          service.post("/v1/sessions/" + ServiceAddress.encode(session) + "/fork", request);
      String id = made.path("id").asText("?");
      screen.line("session  " + id);
      screen.line("go on    ./palimpsest chat --session " + id);
    } catch (CliException e) {
      screen.trouble(e.lines());
    }
  }

  private void listEvents(String after) {
    if (!after.matches("[0-9]{1,18}")) {
      screen.line("/events takes the number of an event, not '" + after + "'.");
      return;
    }
    try {
      JsonNode log =
          service.get("/v1/sessions/" + ServiceAddress.encode(session) + "/events?after=" + after);
      printEvents(log.path("events"));
    } catch (CliException e) {
      screen.trouble(e.lines());
    }
  }

  private void printEvents(JsonNode events) {
    int shown = 0;
    for (JsonNode event : events) {
      if (shown == EVENTS_SHOWN_MAX) {
        screen.line("… and more: /events " + event.path("number").asLong(1) + " continues");
        return;
      }
      screen.line(SafeText.line(describe(event), EVENT_CHARS_MAX));
      shown++;
    }
    if (shown == 0) {
      screen.line("No events.");
    }
  }

  private static String describe(JsonNode event) {
    StringBuilder line = new StringBuilder();
    line.append('#').append(event.path("number").asText("?"));
    for (String name : new String[] {"at", "type", "turn"}) {
      line.append("  ").append(event.path(name).asText("-"));
    }
    event
        .properties()
        .forEach(entry -> {
          if (!entry.getKey().matches("number|at|type|turn")) {
            line.append("  ").append(entry.getKey()).append('=').append(entry.getValue());
          }
        });
    return line.toString();
  }
}
