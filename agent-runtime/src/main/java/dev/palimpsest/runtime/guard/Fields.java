package dev.palimpsest.runtime.guard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.StorableText;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of one JSON object, each by its name and type, and collects all that is wrong:
 * wrong types, values out of range, fields of the contract that are not built yet, and fields that
 * nobody asked for. What is absent or null reads as null. Used by one thread.
 */
public final class Fields {
  private static final int TIME_CHARACTERS_MAX = 64;
  private static final int WORD_CHARACTERS_MAX = 256;

  private final ObjectNode node;
  private final String path;
  private final Findings findings;
  private final Set<String> asked = new HashSet<>();

  /** Begins at the top of a request. */
  public Fields(ObjectNode node) {
    this(node, "", new Findings(new ArrayList<>(), new ArrayList<>()));
  }

  private Fields(ObjectNode node, String path, Findings findings) {
    this.node = node;
    this.path = path;
    this.findings = findings;
  }

  /** What was found wrong, in all objects of the request. */
  private record Findings(List<Problem.FieldError> invalid, List<Problem.FieldError> notBuilt) {}

  /** Whether the field is there, be it null. */
  public boolean has(String name) {
    return node.has(name);
  }

  /** Whether the field is there and null. */
  public boolean isNull(String name) {
    return node.path(name).isNull();
  }

  /** A text of at most so many UTF-16 units that can be stored. */
  public @Nullable String text(String name, int charactersMax) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isTextual()) {
      wrong(name, "a string", value);
      return null;
    }
    String text = value.textValue();
    Optional<String> problem = StorableText.problem(text, charactersMax);
    problem.ifPresent(detail -> refuse(name, detail));
    return problem.isPresent() ? null : text;
  }

  /** A text that must be there; the empty text where it is missing or wrong. */
  public String requiredText(String name, int charactersMax) {
    if (value(name) == null) {
      refuse(name, node.has(name) ? "must not be null" : "is missing");
    }
    String text = text(name, charactersMax);
    return text == null ? "" : text;
  }

  /** A whole number in a range. */
  public @Nullable Integer wholeNumber(String name, int min, int max) {
    Long number = wholeNumber(name);
    if (number != null && (number < min || number > max)) {
      refuse(name, "is " + number + "; " + min + " to " + max);
      return null;
    }
    return number == null ? null : number.intValue();
  }

  /** Any whole number of 64 bits. */
  public @Nullable Long wholeNumber(String name) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isIntegralNumber()) {
      wrong(name, "a whole number", value);
      return null;
    }
    if (!value.canConvertToLong()) {
      refuse(name, "has more than 64 bits");
      return null;
    }
    return value.longValue();
  }

  /** Any finite number. */
  public @Nullable Double number(String name) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isNumber()) {
      wrong(name, "a number", value);
      return null;
    }
    double number = value.doubleValue();
    if (!Double.isFinite(number)) {
      refuse(name, "is too large");
      return null;
    }
    return number;
  }

  /** A time in RFC 3339. */
  public @Nullable Instant time(String name) {
    String text = text(name, TIME_CHARACTERS_MAX);
    return text == null ? null : checked(name, () -> Times.parse(text));
  }

  /** One of the constants, written in lower case. */
  public <E extends Enum<E>> @Nullable E word(String name, Class<E> words) {
    String text = text(name, WORD_CHARACTERS_MAX);
    return text == null ? null : checked(name, () -> Names.read(text, words));
  }

  /** An object as text; numbers keep their digits. */
  public @Nullable String rawObject(String name, int charactersMax) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!(value instanceof ObjectNode)) {
      wrong(name, "an object", value);
      return null;
    }
    String text = value.toString();
    Optional<String> problem = StorableText.problem(text, charactersMax);
    problem.ifPresent(detail -> refuse(name, detail));
    return problem.isPresent() ? null : text;
  }

  /** True, false, or false where it is absent. */
  public boolean flag(String name) {
    return Boolean.TRUE.equals(choice(name));
  }

  /** True, false, or nothing where it is left open. */
  public @Nullable Boolean choice(String name) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isBoolean()) {
      wrong(name, "true or false", value);
      return null;
    }
    return value.booleanValue();
  }

  /** An object. */
  public @Nullable Fields object(String name) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (value instanceof ObjectNode object) {
      return new Fields(object, path + name + ".", findings);
    }
    wrong(name, "an object", value);
    return null;
  }

  /** A scope; {@link Scope#NONE} where it is absent or wrong. */
  public Scope scope(String name) {
    Fields scope = object(name);
    if (scope == null) {
      return Scope.NONE;
    }
    String user = scope.text("user", Scope.CHARACTERS_MAX);
    String agent = scope.text("agent", Scope.CHARACTERS_MAX);
    String project = scope.text("project", Scope.CHARACTERS_MAX);
    scope.refuseOthers();
    Scope read = checked(name, () -> new Scope(user, agent, project));
    return read == null ? Scope.NONE : read;
  }

  /** An object that must be there; an empty one where it is not, so that reading goes on. */
  public Fields element(String name, int index, JsonNode value) {
    String place = path + name + "[" + index + "]";
    if (value instanceof ObjectNode object) {
      return new Fields(object, place + ".", findings);
    }
    findings.invalid.add(
        new Problem.FieldError(place, "an object is expected, not " + JsonText.kind(value)));
    return new Fields(node.objectNode(), place + ".", findings);
  }

  /** The elements of an array; empty where it is none. */
  public List<JsonNode> elements(String name) {
    List<JsonNode> elements = new ArrayList<>();
    if (value(name) instanceof ArrayNode array) {
      array.forEach(elements::add);
    }
    return elements;
  }

  /** The members of an object, whatever their names; none where it is absent or wrong. */
  public List<Map.Entry<String, JsonNode>> members(String name) {
    JsonNode value = value(name);
    if (value instanceof ObjectNode object) {
      return List.copyOf(object.properties());
    }
    if (value != null) {
      wrong(name, "an object", value);
    }
    return List.of();
  }

  /** Whether the field says nothing: absent, null, false, zero, or without content. */
  public boolean isFalseOrEmpty(String name) {
    JsonNode value = value(name);
    return value == null
        || (value.isBoolean() && !value.booleanValue())
        || (value.isNumber() && value.doubleValue() == 0)
        || (value.isContainerNode() && value.isEmpty());
  }

  /** Whether the field is an array. */
  public boolean isArray(String name) {
    return node.get(name) instanceof ArrayNode;
  }

  /** Whether the field is this text. */
  public boolean isText(String name, String text) {
    JsonNode value = value(name);
    return value != null && text.equals(value.textValue());
  }

  /** Whether nothing was found wrong with the field or what is in it. */
  public boolean isGood(String name) {
    String place = path + name;
    return Stream.of(findings.invalid, findings.notBuilt)
        .flatMap(List::stream)
        .noneMatch(error -> error.field().startsWith(place));
  }

  /** Makes a value whose own checks name what they refuse. */
  public <T> @Nullable T checked(String name, Supplier<T> value) {
    try {
      return value.get();
    } catch (IllegalArgumentException e) {
      refuse(name, String.valueOf(e.getMessage()));
      return null;
    }
  }

  /** Notes that a field is wrong. */
  public void refuse(String name, String detail) {
    asked.add(name);
    findings.invalid.add(new Problem.FieldError(path + name, detail));
  }

  /** Notes that a field asks for what is not built yet. */
  public void notBuilt(String name, String detail) {
    asked.add(name);
    findings.notBuilt.add(new Problem.FieldError(path + name, detail));
  }

  /** Fields of the contract that are not built yet: refused when they say anything. */
  public void notBuilt(List<String> names) {
    for (String name : names) {
      if (value(name) != null) {
        notBuilt(name, "is not built yet; leave it out");
      }
    }
  }

  /** Notes that a field says nothing here, whatever is in it. */
  public void passOver(String name) {
    asked.add(name);
  }

  /** Notes every field that nobody asked for. */
  public void refuseOthers() {
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (!asked.contains(field.getKey())) {
        findings.invalid.add(new Problem.FieldError(path + field.getKey(), "is not known here"));
      }
    }
  }

  /**
   * Ends the request if anything was found wrong.
   *
   * @throws ProblemException naming every field
   */
  public void check() {
    if (!findings.invalid.isEmpty()) {
      throw problem(ProblemKind.INVALID_REQUEST, findings.invalid);
    }
    if (!findings.notBuilt.isEmpty()) {
      throw problem(ProblemKind.NOT_BUILT, findings.notBuilt);
    }
  }

  private static ProblemException problem(ProblemKind kind, List<Problem.FieldError> errors) {
    Problem.FieldError first = errors.getFirst();
    String more = errors.size() > 1 ? " (and " + (errors.size() - 1) + " more)" : "";
    return new ProblemException(
        Problem.of(kind, "'" + first.field() + "' " + first.detail() + more + ".")
            .withErrors(errors));
  }

  private @Nullable JsonNode value(String name) {
    asked.add(name);
    JsonNode value = node.get(name);
    return value == null || value.isNull() ? null : value;
  }

  private void wrong(String name, String expected, JsonNode found) {
    refuse(name, "must be " + expected + ", not " + JsonText.kind(found));
  }
}
