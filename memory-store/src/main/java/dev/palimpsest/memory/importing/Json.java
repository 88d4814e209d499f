package dev.palimpsest.memory.importing;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value in memory: of one record, never of a file. Numbers keep their spelling. Of several
 * members with one name the last counts.
 */
sealed interface Json {
  /** Objects and arrays within one another at most. */
  int DEPTH_MAX = 64;

  /** Values in one unit at most. */
  int VALUES_MAX = 200_000;

  /** The longest of {@code true}, {@code false} and {@code null}. */
  int LITERAL_CHARACTERS_MAX = 5;

  /** Names are not remembered from one file to the next, since anybody may send them. */
  JsonFactory FACTORY =
      JsonFactory.builder()
          .configure(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES, false)
          .configure(JsonFactory.Feature.INTERN_FIELD_NAMES, false)
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEPTH_MAX).build())
          .build();

  /** A string. */
  record Text(String value) implements Json {}

  /** A number, {@code true}, {@code false} or {@code null}, as it is written. */
  record Plain(String written) implements Json {}

  /** An array. */
  record Items(List<Json> values) implements Json {}

  /** An object. */
  record Members(Map<String, Json> values) implements Json {
    /** The member of this name, or null where there is none or it is null. */
    @Nullable Json get(String name) {
      Json value = values.get(name);
      return value instanceof Plain(String written) && written.equals("null") ? null : value;
    }
  }

  /** Reads all of a unit. */
  static Json read(Unit unit) throws UnusableException {
    return read(unit, unit.text());
  }

  /** Reads all of a unit that is an element of an array. */
  static Json readElement(Unit unit) throws UnusableException {
    return read(unit, unit.element());
  }

  private static Json read(Unit unit, String text) throws UnusableException {
    return read(text, unit.isCut());
  }

  /** Reads all of a text. */
  static Json read(String text, boolean isCut) throws UnusableException {
    try (JsonParser parser = FACTORY.createParser(text)) {
      Json value = new Reading(parser).value(parser.nextToken());
      if (parser.nextToken() != null) {
        throw new UnusableException(
            RejectionReason.INVALID_JSON, "Something follows after the end of the JSON.");
      }
      return value;
    } catch (JsonParseException e) {
      throw problem(e, isCut, text.length());
    } catch (StreamConstraintsException e) {
      throw tooMuch();
    } catch (IOException e) {
      throw new IllegalStateException("a string in memory can always be read", e);
    }
  }

  /** What is done with a unit that is too large for a tree, token by token. */
  @FunctionalInterface
  interface Scan<T> {
    T scan(JsonParser parser) throws IOException, UnusableException;
  }

  /** Goes through all of a unit, whose bytes are UTF-8. */
  static <T> T scan(Unit unit, Scan<T> scan) throws UnusableException {
    try (JsonParser parser = FACTORY.createParser(unit.bytes())) {
      T found = scan.scan(parser);
      if (parser.nextToken() != null) {
        throw new UnusableException(
            RejectionReason.INVALID_JSON, "Something follows after the end of the JSON.");
      }
      return found;
    } catch (JsonParseException e) {
      throw problem(e, unit.isCut(), unit.bytes().length);
    } catch (StreamConstraintsException e) {
      throw tooMuch();
    } catch (IOException e) {
      throw new IllegalStateException("bytes in memory can always be read", e);
    }
  }

  /** What is wrong with JSON that cannot be read; a cut where it stops at the end of the file. */
  static UnusableException problem(JsonParseException e, boolean isCut, long length) {
    JsonLocation where = e.getLocation();
    // One of them is -1: a parser counts what it reads.
    long at = where == null ? 0 : Math.max(where.getCharOffset(), where.getByteOffset());
    // A literal that was cut is told as an unknown one, at its beginning.
    if (isCut && (e instanceof JsonEOFException || at > length - LITERAL_CHARACTERS_MAX)) {
      return Unit.cut();
    }
    return new UnusableException(RejectionReason.INVALID_JSON, "It is not JSON.");
  }

  /** More names, digits or nesting than is looked at. */
  static UnusableException tooMuch() {
    return new UnusableException(
        RejectionReason.RECORD_TOO_LARGE, "It has more values or is nested deeper than allowed.");
  }

  /** Writes the value, with every text made storable on the way. */
  default void write(Cleaner cleaner, StringBuilder out) {
    switch (this) {
      case Text(String value) -> quote(cleaner.clean(value), out);
      case Plain(String written) -> out.append(Reading.isStorable(written) ? written : "null");
      case Items(List<Json> values) -> {
        out.append('[');
        for (Json value : values) {
          separate(out);
          value.write(cleaner, out);
        }
        out.append(']');
      }
      case Members(Map<String, Json> values) -> {
        out.append('{');
        for (Map.Entry<String, Json> member : values.entrySet()) {
          separate(out);
          quote(cleaner.clean(member.getKey()), out);
          out.append(':');
          member.getValue().write(cleaner, out);
        }
        out.append('}');
      }
    }
  }

  private static void separate(StringBuilder out) {
    char last = out.charAt(out.length() - 1);
    if (last != '[' && last != '{') {
      out.append(',');
    }
  }

  private static void quote(String text, StringBuilder out) {
    out.append('"');
    JsonStringEncoder.getInstance().quoteAsString(text, out);
    out.append('"');
  }

  /** Makes values of tokens and counts them. */
  final class Reading {
    /** PostgreSQL keeps numbers of JSON exactly and has no room for a longer exponent. */
    private static final Pattern HUGE = Pattern.compile(".*[eE][+-]?0*[1-9][0-9]{3,}");

    private final JsonParser parser;
    private int count;

    Reading(JsonParser parser) {
      this.parser = parser;
    }

    /** The value that this token begins. */
    Json value(@Nullable JsonToken token) throws IOException, UnusableException {
      if (++count > VALUES_MAX) {
        throw tooMuch();
      }
      if (token == null) {
        throw new UnusableException(RejectionReason.INVALID_JSON, "There is nothing.");
      }
      return switch (token) {
        case START_OBJECT -> members();
        case START_ARRAY -> items();
        case VALUE_STRING -> new Text(parser.getText());
        default -> new Plain(parser.getText());
      };
    }

    static boolean isStorable(String written) {
      return !HUGE.matcher(written).matches();
    }

    private Json members() throws IOException, UnusableException {
      Map<String, Json> values = new LinkedHashMap<>();
      for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
        values.put(name, value(parser.nextToken()));
      }
      return new Members(values);
    }

    private Json items() throws IOException, UnusableException {
      List<Json> values = new ArrayList<>();
      JsonToken token = parser.nextToken();
      while (token != JsonToken.END_ARRAY) {
        values.add(value(token));
        token = parser.nextToken();
      }
      return new Items(values);
    }
  }
}
