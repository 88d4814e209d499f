package dev.palimpsest.memory.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What makes a declaration another one. */
class ToolPinTest {
  private static final String SCHEMA =
      "{\"type\":\"object\",\"properties\":{\"n\":{\"maximum\":10,\"enum\":[1,\"é\",null,true]}}}";

  @Test
  void thePinOfADeclarationIsTheOneThatItAlwaysWas() {
    assertEquals(
        "5f6ff2abc93f693fb0ad80b8fcc005db65991f8ae0d0f790d090352686f50090",
        ToolPin.of(Tool.BuiltIn.MEMORY_SEARCH).sha256());
    assertEquals(
        "2f53a6589c3745be99932e55fe010bcdf4cad84dd14ac69977347205b42661f4",
        ToolPin.of(http("d", SCHEMA, "https://a", true)).sha256());
  }

  @Test
  void neitherSpacesNorTheOrderOfMembersCount() {
    String written =
        "{ \"properties\": {\"n\": {\"enum\": [1.0, \"\\u00e9\", null, true], \"maximum\": 1e1}},"
            + " \"type\": \"object\" }";
    assertEquals(
        ToolPin.of(http("d", SCHEMA, "https://a", true)),
        ToolPin.of(http("d", written, "https://a", true)));
  }

  @Test
  void everyPartOfADeclarationCounts() {
    List<Tool> tools =
        List.of(
            http("d", SCHEMA, "https://a", true),
            http("e", SCHEMA, "https://a", true),
            http("d", SCHEMA.replace("10", "11"), "https://a", true),
            http("d", SCHEMA.replace("1,", "2,"), "https://a", true),
            http("d", SCHEMA, "https://b", true),
            http("d", SCHEMA, "https://a", false),
            new Tool.Http("t", "d", SCHEMA, "https://a", "PUT", true),
            new Tool.Http("u", "d", SCHEMA, "https://a", "POST", true),
            new Tool.Client("t", "d", SCHEMA, true, 5),
            new Tool.Client("t", "d", SCHEMA, true, 6));
    Set<String> sums = new HashSet<>();
    ToolPin.of(tools).forEach(pin -> sums.add(pin.sha256()));
    assertEquals(tools.size(), sums.size());
    assertThrows(IllegalArgumentException.class, () -> new ToolPin("t", "AB".repeat(32)));
  }

  private static Tool http(
      String description, String parameters, String url, boolean isRepeatable) {
    return new Tool.Http("t", description, parameters, url, "POST", isRepeatable);
  }
}
