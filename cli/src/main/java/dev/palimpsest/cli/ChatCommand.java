package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code chat}: a conversation in the terminal, or a turn per line of a pipe. */
@Command(
    name = "chat",
    description = {
      "A conversation with the agent; answers appear as they are written.",
      "Where standard input is not a terminal each line is a turn: answers go to standard output,"
          + " figures and remarks to standard error, and the exit code is 1 if a turn was not"
          + " answered."
    })
final class ChatCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Mixin private ServiceOptions options = new ServiceOptions();

  @Option(
      names = "--session",
      paramLabel = "ID",
      description = "Continues this session instead of beginning a new one.")
  private @Nullable String session;

  @Option(names = "--no-color", description = "No colours; also set by NO_COLOR.")
  private boolean noColor;

  ChatCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Service service = options.service(surroundings.environment());
    JsonNode found = session == null ? create(service) : find(service, session);
    String id = found.path("id").asText("");
    if (id.isEmpty()) {
      throw CliException.couldNotRun("The service answered without a session id.");
    }
    try (Conversation conversation = new Conversation(service, id, surroundings)) {
      conversation.open();
      return surroundings.streams().terminal()
          ? atTerminal(service, found, conversation)
          : overPipe(service, found, conversation);
    }
  }

  private static JsonNode create(Service service) {
    return service.post("/v1/sessions", Json.object());
  }

  private static JsonNode find(Service service, String id) {
    return service.get("/v1/sessions/" + ServiceAddress.encode(id));
  }

  private int atTerminal(Service service, JsonNode found, Conversation conversation) {
    Palette palette = new Palette(!noColor && paints(surroundings.environment()));
    try (TerminalInput input = TerminalInput.system(palette)) {
      ChatScreen screen = new ChatScreen(input.writer(), input.writer(), palette);
      greet(service, found, screen);
      screen.notice("Ctrl-C stops an answer, /quit or Ctrl-D leaves, /help says more");
      boolean ignored = loop(service, found, conversation, input, screen).run();
      screen.notice("the session stays: ./palimpsest chat --session " + found.path("id").asText());
      return 0;
    }
  }

  private static boolean paints(Map<String, String> environment) {
    return !environment.containsKey("NO_COLOR") && !"dumb".equals(environment.get("TERM"));
  }

  private int overPipe(Service service, JsonNode found, Conversation conversation) {
    Streams streams = surroundings.streams();
    ChatScreen screen = new ChatScreen(streams.out(), streams.err(), new Palette(false));
    greet(service, found, screen);
    PipedInput input = new PipedInput(streams.in());
    boolean allAnswered = loop(service, found, conversation, input, screen).run();
    return allAnswered ? 0 : CliException.REJECTED;
  }

  private static ChatLoop loop(
      Service service,
      JsonNode found,
      Conversation conversation,
      ChatInput input,
      ChatScreen screen) {
    return new ChatLoop(service, found.path("id").asText(), conversation, input, screen);
  }

  private static void greet(Service service, JsonNode found, ChatScreen screen) {
    String model = model(service, found);
    screen.notice(
        (model.isEmpty() ? "no model" : model)
            + " at "
            + service.address().base()
            + ", session "
            + found.path("id").asText());
    if (model.isEmpty()) {
      screen.notice("the service has no model, so it cannot answer: ./palimpsest run --model FILE");
    }
  }

  private static String model(Service service, JsonNode found) {
    String own = found.path("model").asText("");
    if (!own.isEmpty() && !found.path("model").isNull()) {
      return own;
    }
    return service.get("/v1/models").path("data").path(0).path("id").asText("");
  }
}
