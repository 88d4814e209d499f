package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.ToolPin;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares what tools are declared as with what a session has pinned. A declaration that has
 * changed may be an attack, since it is what the model reads: it holds only where somebody names
 * it.
 */
final class ToolChanges {
  private static final String ACCEPTED = "accept_tools";
  private static final int DIGITS = 64;

  private ToolChanges() {}

  /** Declarations that are accepted, by name of the tool. */
  static Map<String, String> accepted(Fields fields) {
    Map<String, String> accepted = new LinkedHashMap<>();
    Fields named = fields.object(ACCEPTED);
    for (Map.Entry<String, JsonNode> member : fields.members(ACCEPTED)) {
      String sum = named == null ? null : named.text(member.getKey(), DIGITS);
      if (sum != null) {
        accepted.put(member.getKey(), sum);
      }
    }
    return accepted;
  }

  /**
   * Refuses declarations that have changed and are not accepted. What is new or gone is neither.
   *
   * @throws ProblemException 409 naming each tool with both sums
   */
  static void require(List<Tool> pinned, List<Tool> declared, Map<String, String> accepted) {
    Map<String, String> sums = sums(pinned);
    List<Problem.FieldError> errors = new ArrayList<>();
    for (int i = 0; i < declared.size(); i++) {
      ToolPin pin = ToolPin.of(declared.get(i));
      String before = sums.getOrDefault(pin.name(), pin.sha256());
      boolean isAccepted = pin.sha256().equals(accepted.get(pin.name()));
      if (!before.equals(pin.sha256()) && !isAccepted) {
        errors.add(
            new Problem.FieldError(
                "tools[" + i + "]",
                "'%s' is pinned as sha256 %s and declared as sha256 %s"
                    .formatted(pin.name(), before, pin.sha256())));
      }
    }
    if (!errors.isEmpty()) {
      throw new ProblemException(
          Problem.of(
                  ProblemKind.TOOL_CHANGED,
                  errors.getFirst().detail()
                      + "; PATCH the session with 'tools' and 'accept_tools' to take it over.")
              .withErrors(errors));
    }
  }

  /** The pins of tools by name, as sessions and agents show them. */
  static Map<String, String> sums(List<Tool> tools) {
    Map<String, String> sums = new LinkedHashMap<>();
    ToolPin.of(tools).forEach(pin -> sums.put(pin.name(), pin.sha256()));
    return sums;
  }
}
