package dev.palimpsest.runtime.bridge;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Declarations that no call can be held to. */
class ToolFaceTest {
  @Test
  void aReferenceIsRefusedWhereverItStands() {
    String reference = "{\"$ref\":\"#\"}";
    for (String members :
        List.of(
            "\"properties\":{\"a\":" + reference + "}",
            "\"additionalProperties\":" + reference,
            "\"properties\":{\"a\":{\"type\":\"array\",\"items\":" + reference + "}}",
            "\"properties\":{\"a\":{\"anyOf\":[{\"type\":\"null\"}," + reference + "]}}")) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> tool(members).check());
      assertTrue(String.valueOf(refused.getMessage()).contains("'$ref'"), members);
    }
  }

  @Test
  void aPropertyMayBeNamedAsAKeyword() {
    assertDoesNotThrow(() -> tool("\"properties\":{\"$ref\":{\"type\":\"string\"}}").check());
    assertDoesNotThrow(() -> tool("\"properties\":{\"a\":{\"const\":{\"$ref\":1}}}").check());
  }

  @Test
  void toolsThatAreTooMuchTogetherAreRefused() {
    String many =
        IntStream.range(0, 2500)
            .mapToObj(i -> "\"p" + i + "\":{}")
            .collect(Collectors.joining(","));
    ToolFace half = tool("\"properties\":{" + many + "}");
    assertDoesNotThrow(() -> half.check());
    assertDoesNotThrow(() -> ToolFace.check(List.of(half)));
    assertDoesNotThrow(() -> ToolFace.check(List.of()));
    assertThrows(IllegalArgumentException.class, () -> ToolFace.check(List.of(half, half)));
  }

  private static ToolFace tool(String members) {
    return new ToolFace("t", "", "{\"type\":\"object\"," + members + "}");
  }
}
