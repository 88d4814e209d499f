package dev.palimpsest.runtime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.tool.ToolHosts;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Tools as they are declared. */
class ToolRequestsTest {
  @Test
  void toolsAreHeldToTheLimitOfASchemaTogether() {
    Fields one = declared(1);
    List<Tool> tools = Objects.requireNonNull(ToolRequests.read(one, hosts()));
    assertEquals(List.of("t0"), tools.stream().map(Tool::calledName).toList());
    Fields two = declared(2);
    assertNull(ToolRequests.read(two, hosts()));
    assertFalse(two.isGood("tools"));
  }

  private static Fields declared(int count) {
    ObjectNode request = JsonNodeFactory.instance.objectNode();
    for (int i = 0; i < count; i++) {
      ObjectNode tool = request.withArray("/tools").addObject().put("name", "t" + i);
      tool.putObject("http").put("url", "https://example.com/");
      ObjectNode properties =
          tool.putObject("parameters").put("type", "object").putObject("properties");
      for (int p = 0; p < 2500; p++) {
        properties.putObject("p" + p);
      }
    }
    return new Fields(request);
  }

  private static ToolHosts hosts() {
    return ToolHosts.of(List.of("example.com"));
  }
}
