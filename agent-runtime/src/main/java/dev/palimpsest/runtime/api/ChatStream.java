package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.session.TurnEvent;
import dev.palimpsest.memory.session.Usage;
import dev.palimpsest.runtime.bridge.Likelihood;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.socket.TurnProblems;
import dev.palimpsest.runtime.turn.Feeds;
import dev.palimpsest.runtime.turn.RunningTurn;
import dev.palimpsest.runtime.turn.Subscription;
import dev.palimpsest.runtime.turn.TurnNews;
import dev.palimpsest.runtime.turn.TurnOutcome;
import dev.palimpsest.runtime.turn.TurnResult;
import dev.palimpsest.runtime.turn.WaitingTurn;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes one turn in chunks, as OpenAI's clients read them: {@code data: {…}} lines and {@code
 * data: [DONE]}. An {@link IOException} ends the view, never the turn. A reader that is too slow
 * for the feed gets the rest of the answer when the turn has ended, so that no word is missing and
 * none comes twice. Used by one thread.
 */
final class ChatStream {
  private static final Duration SILENCE = Duration.ofSeconds(15);
  private static final String KEEP_ALIVE = ": \n\n";

  private final ChatAnswers answers;
  private final ChatAnswers.Head head;
  private final boolean tellsUsage;
  private final OutputStream out;

  /** Calls that are not news here. */
  private final Set<String> known;

  /** Characters of the answer that were told, and how far into it the feed is now. */
  private int told;

  private int at;

  /** Whether what comes next follows what was told in an earlier answer of the same turn. */
  private boolean isContinued;

  /** Whose tokens are told, and how many were; null where none are. */
  private @Nullable RunningTurn source;

  private int toldTokens;

  /**
   * A stream of what is said from a place on.
   *
   * @param said what was told before, of the same turn
   * @param known calls that were told before
   */
  ChatStream(
      ChatAnswers answers,
      ChatAnswers.Head head,
      boolean tellsUsage,
      String said,
      Set<String> known,
      OutputStream out) {
    this.answers = answers;
    this.head = head;
    this.tellsUsage = tellsUsage;
    this.out = out;
    this.known = Set.copyOf(known);
    this.told = said.length();
    this.isContinued = !said.isEmpty();
  }

  /** Tells a turn that has ended. */
  void tell(TurnResult result) throws IOException {
    write(answers.first(head));
    end(result);
  }

  /** Tells a turn that runs, until it is over. */
  void follow(Feeds feeds, RunningTurn turn) throws IOException {
    source = turn;
    write(answers.first(head));
    try (Subscription reader = feeds.subscribe(turn.session())) {
      if (turn.turn().equals(reader.running())) {
        relay(turn, reader);
      }
      switch (turn.await()) {
        case TurnOutcome.Ended(TurnResult result) -> end(result);
        case TurnOutcome.Waiting(WaitingTurn waiting) -> end(waiting);
        case TurnOutcome.Open open -> fail(TurnProblems.of(turn.turn(), open));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Tells words as they come, until the turn is over or the reader was cut off. */
  private void relay(RunningTurn turn, Subscription reader)
      throws IOException, InterruptedException {
    while (!reader.isLost()) {
      Subscription.Numbered next = reader.poll(SILENCE);
      if (next == null) {
        write(KEEP_ALIVE);
      } else if (turn.turn().equals(next.news().turn()) && isOver(next.news())) {
        return;
      }
    }
  }

  private boolean isOver(TurnNews news) throws IOException {
    switch (news) {
      case TurnNews.Accepted accepted -> at = 0;
      case TurnNews.Said(var turn, String text) -> say(text);
      case TurnNews.Recalled recalled -> {
        // The last chunk names them.
      }
      case TurnNews.ToolCalled(var turn, TurnEvent.ToolCalled called) -> {
        return called.isForClient() && !known.contains(called.call());
      }
      case TurnNews.ToolAnswered answered -> {
        // What the service performs is no part of the dialect.
      }
      case TurnNews.ContextChanged changed -> {
        // It is about the session.
      }
      case TurnNews.Ended ended -> {
        return true;
      }
      case TurnNews.LeftOpen open -> {
        return true;
      }
    }
    return false;
  }

  private void say(String text) throws IOException {
    int skipped = Math.min(text.length(), Math.max(0, told - at));
    at += text.length();
    if (skipped < text.length()) {
      write(answers.words(head, begun(text.substring(skipped)), tokens()));
      told = at;
    }
  }

  /** Space between two answers of a turn is no part of the second. */
  private String begun(String text) {
    String words = isContinued ? text.stripLeading() : text;
    isContinued = false;
    return words;
  }

  /** The tokens since those that were told; a reader that is late gets them before their words. */
  private @Nullable List<Likelihood> tokens() {
    RunningTurn turn = source;
    if (turn == null) {
      return null;
    }
    List<Likelihood> tokens = turn.likelihoods(toldTokens).orElse(null);
    toldTokens += tokens == null ? 0 : tokens.size();
    return tokens;
  }

  private void end(TurnResult result) throws IOException {
    Problem problem = problem(result);
    if (problem != null) {
      fail(problem);
      return;
    }
    rest(result.output());
    write(answers.last(head, result));
    done(result.usage());
  }

  private void end(WaitingTurn waiting) throws IOException {
    rest(waiting.output());
    for (int i = 0; i < waiting.calls().size(); i++) {
      for (ObjectNode chunk : answers.call(head, waiting, i)) {
        write(chunk);
      }
    }
    write(answers.last(head, waiting));
    done(waiting.usage());
  }

  /** What was said and not told. */
  private void rest(String output) throws IOException {
    List<Likelihood> rest = tokens();
    if (told < output.length() || (rest != null && !rest.isEmpty())) {
      write(answers.words(head, begun(output.substring(Math.min(told, output.length()))), rest));
    }
  }

  private void done(Usage usage) throws IOException {
    if (tellsUsage) {
      write(answers.usage(head, usage));
    }
    write("data: [DONE]\n\n");
  }

  private void fail(Problem problem) throws IOException {
    write(answers.error(problem));
  }

  static @Nullable Problem problem(TurnResult result) {
    var failed = result.failed();
    return failed == null ? null : TurnProblems.of(result.turn(), failed);
  }

  private void write(ObjectNode chunk) throws IOException {
    write("data: " + chunk + "\n\n");
  }

  private void write(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }
}
