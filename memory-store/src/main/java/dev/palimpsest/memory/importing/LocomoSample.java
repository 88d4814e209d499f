package dev.palimpsest.memory.importing;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What must be known of a sample before its turns are read.
 *
 * @param id its name
 * @param dates by session, as they are written
 * @param datesWithoutTurns sessions that have a date and no turns
 */
record LocomoSample(String id, Map<String, String> dates, int datesWithoutTurns) {
  private static final Pattern SESSION = Pattern.compile("session_\\d{1,9}");
  private static final String DATE_ENDING = "_date_time";
  private static final int DATES_MAX = 100_000;

  LocomoSample {
    dates = Map.copyOf(dates);
  }

  static boolean isSession(String name) {
    return SESSION.matcher(name).matches();
  }

  /** Reads through a sample to its end, which also finds out whether it is JSON. */
  static LocomoSample read(Unit unit) throws UnusableException {
    return Json.scan(
        unit,
        parser -> {
          if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw Fields.shape("A sample is not an object.");
          }
          return new Gathering().read(parser);
        });
  }

  /** The parts, as they come. */
  private static final class Gathering {
    private final Map<String, String> dates = new HashMap<>();
    private final Set<String> sessions = new HashSet<>();
    private @Nullable String id;
    private boolean hasConversation;

    LocomoSample read(JsonParser parser) throws IOException, UnusableException {
      for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
        JsonToken value = parser.nextToken();
        if (name.equals("sample_id") && value.isScalarValue()) {
          id = value == JsonToken.VALUE_NULL ? null : parser.getText();
        } else if (name.equals("conversation") && value == JsonToken.START_OBJECT) {
          hasConversation = true;
          conversation(parser);
        } else {
          parser.skipChildren();
        }
      }
      if (!hasConversation) {
        throw Fields.shape("A sample has no conversation.");
      }
      if (id == null || id.isBlank()) {
        throw new UnusableException(RejectionReason.MISSING_NAME, "A sample has no 'sample_id'.");
      }
      int without = (int) dates.keySet().stream().filter(date -> !sessions.contains(date)).count();
      return new LocomoSample(id, dates, without);
    }

    private void conversation(JsonParser parser) throws IOException, UnusableException {
      for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
        JsonToken value = parser.nextToken();
        if (isSession(name) && value == JsonToken.START_ARRAY) {
          sessions.add(name);
        } else if (name.endsWith(DATE_ENDING) && value == JsonToken.VALUE_STRING) {
          date(name.substring(0, name.length() - DATE_ENDING.length()), parser.getText());
        }
        parser.skipChildren();
      }
    }

    private void date(String session, String written) throws UnusableException {
      if (dates.size() == DATES_MAX) {
        throw Json.tooMuch();
      }
      if (isSession(session)) {
        dates.put(session, written);
      }
    }
  }
}
