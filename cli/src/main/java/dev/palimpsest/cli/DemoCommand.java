package dev.palimpsest.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code demo}: the part of the demonstration that speaks to the service. The launcher starts a
 * service for it, kills that when it reads the word {@code kill} from the control pipe, and starts
 * it again.
 */
@Command(
    name = "demo",
    hidden = true,
    description = "Shows what the memory does; ./palimpsest demo starts the service for it.")
final class DemoCommand implements Callable<Integer> {
  private static final String CONVERSATION = "/demo/conversation.jsonl";
  private static final String SOURCE = "letters";
  private static final double NANOS_PER_MILLI = 1e6;

  private final Surroundings surroundings;

  @Mixin private ServiceOptions options = new ServiceOptions();

  @Option(
      names = "--control",
      paramLabel = "PIPE",
      required = true,
      description = "Where the launcher is told to kill the service.")
  private @Nullable Path control;

  DemoCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() {
    Service service = options.service(surroundings.environment());
    Screen width = Screen.of(surroundings.environment());
    boolean colours = width.paints() && !surroundings.environment().containsKey("NO_COLOR");
    DemoScreen screen = new DemoScreen(surroundings.streams().out(), width, new Palette(colours));
    importConversation(service, screen);
    List<DemoAnswer> answers = new ArrayList<>();
    String session =
        service
            .post("/v1/sessions", Json.object().put("title", "Demonstration"))
            .path("id")
            .asText("");
    try (Conversation conversation = new Conversation(service, session, surroundings)) {
      conversation.open();
      answers.add(ask(conversation, DemoQuestion.PLAIN, screen, false));
      answers.add(ask(conversation, DemoQuestion.TWO_STEP, screen, false));
      answers.add(ask(conversation, DemoQuestion.CHANGED, screen, true));
      answers.add(search(service, screen));
      answers.add(ask(conversation, DemoQuestion.UNANSWERABLE, screen, false));
    }
    screen.table(answers);
    return answers.stream().allMatch(DemoAnswer::isRight) ? 0 : CliException.REJECTED;
  }

  private void importConversation(Service service, DemoScreen screen) {
    screen.step("A conversation of two years is imported");
    byte[] talk = conversation();
    screen.line(about(talk));
    long began = nanos();
    ImportOutcome outcome = imported(service, talk);
    double millis = (nanos() - began) / NANOS_PER_MILLI;
    if (!(outcome instanceof ImportOutcome.Done done)) {
      throw CliException.couldNotRun("The conversation could not be imported: " + outcome);
    }
    ImportTally tally = ImportTally.of(done.report());
    screen.line(
        tally.read()
            + " read, "
            + tally.stored()
            + " stored, "
            + tally.rejected()
            + " rejected; all of them can be found after "
            + DemoScreen.time(millis));
  }

  private ImportOutcome imported(Service service, byte[] talk) {
    ImportOrder.Manner manner = new ImportOrder.Manner(false, true);
    ProgressLine line =
        new ProgressLine(
            surroundings.streams().err(),
            Screen.of(surroundings.environment()).paints(),
            surroundings.gauges().nanoTime());
    try {
      Path file = Files.createTempFile("palimpsest-demo", ".jsonl");
      try {
        Path written = Files.write(file, talk);
        ImportOrder order =
            new ImportOrder(written, "jsonl", SOURCE, Optional.empty(), Optional.empty(), manner);
        ImportScreen progress = new ImportScreen(SOURCE, line);
        return ImportClient.run(service, surroundings, order, progress);
      } finally {
        line.clear();
        Files.delete(file);
      }
    } catch (IOException e) {
      throw CliException.couldNotRun("A temporary file cannot be written: " + Reasons.of(e));
    }
  }

  private static String about(byte[] talk) {
    List<JsonNode> turns =
        new String(talk, UTF_8).lines().map(line -> Json.parse(line).orElseThrow()).toList();
    List<String> speakers =
        turns.stream().map(turn -> turn.path("speaker").asText()).distinct().toList();
    return String.join(" and ", speakers)
        + ", "
        + FoundMemory.day(turns.getFirst().path("happened_at").asText())
        + " to "
        + FoundMemory.day(turns.getLast().path("happened_at").asText())
        + ": "
        + turns.size()
        + " turns";
  }

  private DemoAnswer ask(
      Conversation conversation, DemoQuestion question, DemoScreen screen, boolean killed) {
    screen.step(question.title() + (killed ? ", and the service is killed meanwhile" : ""));
    screen.line(question.text());
    ObjectNode request =
        Json.object().put("input", question.text()).put("recall", "hybrid").put("grounded", true);
    long began = nanos();
    Witness witness = new Witness(screen, killed);
    TurnOutcome outcome = conversation.turn(request, witness);
    double millis = (nanos() - began) / NANOS_PER_MILLI;
    DemoAnswer answer =
        switch (outcome) {
          case TurnOutcome.Done done -> DemoAnswer.ofTurn(question, done.result(), millis);
          case TurnOutcome.Failed failed -> DemoAnswer.failed(question, failed.problem(), millis);
          case TurnOutcome.Refused refused ->
              DemoAnswer.failed(question, refused.problem(), millis);
          case TurnOutcome.Cancelled _, TurnOutcome.Left _ ->
              throw CliException.couldNotRun("The turn was cancelled.");
        };
    witness.ended();
    screen.answer(answer);
    return answer;
  }

  private DemoAnswer search(Service service, DemoScreen screen) {
    DemoQuestion question = DemoQuestion.AS_OF;
    screen.step(question.title());
    screen.line(question.text());
    awaitReady(service);
    ObjectNode request =
        Json.object()
            .put("query", question.text())
            .put("valid_at", DemoQuestion.AS_OF_TIME)
            .put("k", 1);
    long began = nanos();
    JsonNode found = service.post("/v1/memories/search", request);
    DemoAnswer answer = DemoAnswer.ofSearch(question, found, (nanos() - began) / NANOS_PER_MILLI);
    screen.answer(answer);
    return answer;
  }

  /** The kill may have come after the answer; then the next request comes too early. */
  private void awaitReady(Service service) {
    Optional<Duration> pause = surroundings.backoff().before(0);
    for (int attempt = 0; pause.isPresent(); pause = surroundings.backoff().before(++attempt)) {
      Pause.of(pause.get());
      try {
        JsonNode ignored = service.get("/q/health/ready");
        return;
      } catch (CliException e) {
        if (surroundings.backoff().before(attempt + 1).isEmpty()) {
          throw e;
        }
      }
    }
  }

  private static byte[] conversation() {
    try (InputStream file = DemoCommand.class.getResourceAsStream(CONVERSATION)) {
      if (file == null) {
        throw new IllegalStateException(CONVERSATION + " is not in the program");
      }
      return file.readAllBytes();
    } catch (IOException e) {
      throw CliException.couldNotRun("The conversation cannot be read: " + Reasons.of(e));
    }
  }

  private long nanos() {
    return surroundings.gauges().nanoTime().getAsLong();
  }

  private void kill() {
    try {
      Path ignored =
          Files.writeString(Objects.requireNonNull(control), "kill\n", StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw CliException.couldNotRun("The launcher cannot be told: " + Reasons.of(e));
    }
  }

  /** Watches a turn, and has the service killed as soon as the turn is committed. */
  private final class Witness implements TurnObserver {
    private final DemoScreen screen;
    private final boolean kills;
    private long killedAt;
    private boolean isKilled;
    private boolean wasLost;

    Witness(DemoScreen screen, boolean kills) {
      this.screen = screen;
      this.kills = kills;
    }

    @Override
    public void accepted() {
      if (kills && !isKilled) {
        isKilled = true;
        killedAt = nanos();
        kill();
        screen.event("the turn is accepted; kill -9 to the service");
      }
    }

    @Override
    public void text(String piece) {
      // The answer is shown whole, with its evidence.
    }

    @Override
    public void notice(String line) {
      if (!wasLost) {
        wasLost = true;
        screen.event("the connection is gone; the service is started again");
      } else {
        screen.event(line + ", " + DemoScreen.time((nanos() - killedAt) / NANOS_PER_MILLI));
      }
    }

    void ended() {
      if (kills && !wasLost) {
        screen.event("the answer was there before the service died");
      }
    }
  }
}
