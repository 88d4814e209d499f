package dev.palimpsest.runtime.bridge;

import dev.palimpsest.engine.ground.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The parts of a memory as the prompt shows it, {@code [date] speaker: words}: each may be copied,
 * and no span runs from one into the next. Date and speaker may be missing.
 */
final class MemoryLine {
  private static final Pattern FORM =
      Pattern.compile(
          "(?:\\[([^\\]\\n]{1,80})\\] ?)?(?:((?:[^\\s:]{1,40} ){0,3}[^\\s:]{1,40}): )?(.*)",
          Pattern.DOTALL);

  private MemoryLine() {}

  /** The line with its parts marked. */
  static Source source(String line) {
    Matcher form = FORM.matcher(line);
    if (!form.matches()) {
      return Source.of(line);
    }
    List<Source.Part> parts = new ArrayList<>();
    for (int group = 1; group <= form.groupCount(); group++) {
      if (form.start(group) >= 0) {
        parts.add(new Source.Part(form.start(group), form.end(group)));
      }
    }
    return new Source(line, parts);
  }
}
