package dev.palimpsest.cli;

import java.io.PrintWriter;
import java.util.List;

/**
 * Prints a conversation. Answers go to {@code answers}, all else to {@code remarks}; on a terminal
 * the two are one, and a remark in the middle of an answer gets a line of its own. Every text that
 * comes from outside passes {@link SafeText} here and nowhere later.
 */
final class ChatScreen implements TurnObserver {
  private final PrintWriter answers;
  private final PrintWriter remarks;
  private final Palette palette;
  private boolean midLine;

  ChatScreen(PrintWriter answers, PrintWriter remarks, Palette palette) {
    this.answers = answers;
    this.remarks = remarks;
    this.palette = palette;
  }

  @Override
  public void text(String piece) {
    String safe = SafeText.of(piece);
    if (safe.isEmpty()) {
      return;
    }
    answers.print(safe);
    answers.flush();
    midLine = !safe.endsWith("\n");
  }

  @Override
  public void notice(String line) {
    remark(palette.quiet("[" + SafeText.of(line) + "]"));
  }

  /** One line of a result or a help text. */
  void line(String line) {
    endLine();
    answers.println(SafeText.of(line));
  }

  /** Why something did not come about. */
  void trouble(List<String> lines) {
    lines.forEach(line -> remark(palette.alarming(SafeText.of(line))));
  }

  /** How a turn ended; returns whether it gave an answer. */
  boolean ended(TurnOutcome outcome) {
    endLine();
    switch (outcome) {
      case TurnOutcome.Done done -> {
        evidence(done.evidence().quotes());
        done.evidence().sure().ifPresent(sure -> remark(palette.quiet(Evidence.percent(sure))));
        String usage = done.usage().line();
        if (!usage.isEmpty()) {
          remark(palette.quiet(usage));
        }
      }
      case TurnOutcome.Cancelled _ -> notice("cancelled");
      case TurnOutcome.Failed failed -> trouble(failed.problem().lines());
      case TurnOutcome.Refused refused -> trouble(refused.problem().lines());
      case TurnOutcome.Left _ -> notice("no longer waiting; the answer may go on without you");
    }
    return outcome instanceof TurnOutcome.Done;
  }

  /** What an answer quotes, one a line. */
  private void evidence(List<Evidence.Piece> pieces) {
    for (Evidence.Piece piece : pieces) {
      remark(palette.quiet("  " + SafeText.line(piece.line(), Evidence.LINE_CHARS_MAX)));
    }
  }

  private void remark(String painted) {
    if (answers == remarks) {
      endLine();
    }
    remarks.println(painted);
    remarks.flush();
  }

  private void endLine() {
    if (midLine) {
      answers.println();
      answers.flush();
      midLine = false;
    }
  }
}
