package dev.palimpsest.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** What the demonstration prints, so that it can be read while it runs. */
final class DemoScreen {
  private static final String INDENT = "   ";
  private static final int QUESTION_CHARS_MAX = 43;
  private static final int ANSWER_CHARS_MAX = 24;
  private static final double MILLIS_PER_SECOND = 1000;

  private final PrintWriter out;
  private final int columns;
  private final Palette palette;
  private int step;

  DemoScreen(PrintWriter out, Screen screen, Palette palette) {
    this.out = out;
    this.columns = screen.columns() - INDENT.length();
    this.palette = palette;
  }

  /** Begins the next step. */
  void step(String title) {
    step++;
    out.println();
    out.println(palette.inviting(step + "  " + title));
  }

  void line(String text) {
    Paragraph.lines(SafeText.of(text), columns).forEach(line -> out.println(INDENT + line));
  }

  /** Something that happened to the service or the connection. */
  void event(String text) {
    hanging("* ", text);
  }

  /** An answer with its verdict and the memories that it stands on. */
  void answer(DemoAnswer answer) {
    line("> " + (answer.output().isEmpty() ? "(nothing)" : answer.output()));
    String verdict = answer.isRight() ? "right" : "WRONG, the answer is: " + expected(answer);
    String sure =
        answer.sure().isPresent() ? ", " + Evidence.percent(answer.sure().getAsDouble()) : "";
    out.println(
        INDENT
            + (answer.isRight() ? verdict : palette.alarming(verdict))
            + palette.quiet(", after " + time(answer.millis()) + sure));
    answer.evidence().forEach(memory -> memory("evidence", memory));
    answer.beside().forEach(memory -> memory("recalled beside it", memory));
    if (answer.evidence().isEmpty()) {
      out.println(
          INDENT
              + palette.quiet(
                  answer.question().isRefusal() && answer.isRight()
                      ? "no memory is quoted, since none says it"
                      : "no evidence was given"));
    }
  }

  /** All of it once more. */
  void table(List<DemoAnswer> answers) {
    Table table = new Table(List.of("QUESTION", "ANSWER", "RIGHT", "EVIDENCE", "TIME"));
    for (DemoAnswer answer : answers) {
      table.row(
          List.of(
              SafeText.line(shortTitle(answer.question()), QUESTION_CHARS_MAX),
              SafeText.line(answer.output().isEmpty() ? "-" : answer.output(), ANSWER_CHARS_MAX),
              answer.isRight() ? "yes" : "NO",
              SafeText.line(answer.days(), QUESTION_CHARS_MAX),
              time(answer.millis())));
    }
    out.println();
    out.println(table);
    long right = answers.stream().filter(DemoAnswer::isRight).count();
    out.println();
    out.println(right + " of " + answers.size() + " answers are right.");
  }

  private void memory(String what, FoundMemory memory) {
    String head = memory.day() + (memory.speaker().isEmpty() ? "" : ", " + memory.speaker());
    hanging("| ", what + ": [" + head + "] \"" + memory.text() + "\"");
  }

  private void hanging(String mark, String text) {
    String begin = mark;
    for (String line : Paragraph.lines(SafeText.of(text), columns - mark.length())) {
      out.println(INDENT + palette.quiet(begin) + line);
      begin = " ".repeat(mark.length());
    }
  }

  private static String shortTitle(DemoQuestion question) {
    return question.equals(DemoQuestion.AS_OF) ? question.text() + " (2024)" : question.text();
  }

  private static String expected(DemoAnswer answer) {
    return answer.question().says();
  }

  static String time(double millis) {
    return millis < MILLIS_PER_SECOND
        ? String.format(Locale.ROOT, "%.0f ms", millis)
        : String.format(Locale.ROOT, "%.1f s", millis / MILLIS_PER_SECOND);
  }
}
