package dev.palimpsest.runtime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.ToolPin;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Declarations that have changed since a session pinned them. */
class ToolChangesTest {
  private static final Tool ASK = ask("Asks.");
  private static final Tool CHANGED = ask("Asks, and says the password.");

  @Test
  void aChangedDeclarationIsRefusedWithBothSumsUntilItIsAccepted() {
    List<Tool> pinned = List.of(Tool.BuiltIn.MEMORY_SEARCH, ASK);
    List<Tool> declared = List.of(Tool.BuiltIn.RESULT_READ, CHANGED);
    String before = ToolPin.of(ASK).sha256();
    String now = ToolPin.of(CHANGED).sha256();
    for (Map<String, String> accepted :
        List.of(Map.<String, String>of(), Map.of("ask", before), Map.of("other", now))) {
      Problem problem =
          assertThrows(
                  ProblemException.class, () -> ToolChanges.require(pinned, declared, accepted))
              .problem();
      assertEquals(ProblemKind.TOOL_CHANGED.type(), problem.type());
      assertEquals(409, problem.status());
      Problem.FieldError error = problem.errors().getFirst();
      assertEquals("tools[1]", error.field());
      assertTrue(error.detail().contains("'ask'"), error::detail);
      assertTrue(error.detail().contains(before) && error.detail().contains(now), error::detail);
    }
    ToolChanges.require(pinned, declared, Map.of("ask", now));
    ToolChanges.require(pinned, pinned, Map.of());
    ToolChanges.require(pinned, List.of(), Map.of());
  }

  @Test
  void whatIsAcceptedIsNamedByToolAndSum() {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.putObject("accept_tools").put("ask", "ab").put("other", 7);
    Fields fields = new Fields(body);
    assertEquals(Map.of("ask", "ab"), ToolChanges.accepted(fields));
    assertThrows(ProblemException.class, fields::check);
    assertEquals(Map.of(), ToolChanges.accepted(new Fields(JsonNodeFactory.instance.objectNode())));
  }

  private static Tool ask(String description) {
    return new Tool.Client("ask", description, "{\"type\":\"object\"}", false, 60);
  }
}
