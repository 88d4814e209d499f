package dev.palimpsest.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** What the demonstration prints, so that it can be read while it runs. */
final class DemoScreen {
  private static final String INDENT = "   ";
  private static final int QUESTION_CHARS_MAX = 43;
  private static final int ANSWER_CHARS_MAX = 24;
  private static final double MILLIS_PER_SECOND = 1000;
  private static final double KILO = 1000;

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

  /** What a compaction came to. */
  void compacted(JsonNode change) {
    event(
        String.format(
            Locale.ROOT,
            "%d tokens are kept as %d keys a head (%s), %.0f kB of cache as %.0f kB",
            change.path("tokens_before").asInt(),
            change.path("tokens_after").asInt(),
            change.path("policy").asText(""),
            change.path("bytes_before").asLong() / KILO,
            change.path("bytes_after").asLong() / KILO));
  }

  /** Whether the answer before was read over the compacted part. */
  void readOver(JsonNode compaction) {
    event(
        compaction.path("in_use").asBoolean()
            ? "this answer was read over the compacted part"
            : "this answer was read without the compacted part");
  }

  void expanded(JsonNode change) {
    event("expanded: " + change.path("tokens_after").asInt() + " tokens, exact as before");
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
    if (question.equals(DemoQuestion.AS_OF)) {
      return question.text() + " (2024)";
    }
    return question.equals(DemoQuestion.COMPACTED)
        ? "The first again, with a compacted past"
        : question.text();
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
