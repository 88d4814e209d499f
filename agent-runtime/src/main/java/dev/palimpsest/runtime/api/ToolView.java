package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.palimpsest.memory.session.Tool;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tool that is not the service's own as JSON; a tool of the service is its name.
 *
 * @param parameters JSON, as it was declared
 * @param http where it is, null where the client performs it
 * @param waitSeconds how long a turn waits for the client, null where it is behind an address
 */
record ToolView(
    String name,
    String description,
    @JsonRawValue String parameters,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Http http,
    @JsonProperty("repeatable") boolean isRepeatable,
    @JsonInclude(JsonInclude.Include.NON_NULL) @JsonProperty("wait_seconds")
        @Nullable Integer waitSeconds) {
  /** Where it is. */
  record Http(String url, String method) {}

  static List<Object> of(List<Tool> tools) {
    return tools.stream().map(ToolView::of).toList();
  }

  private static Object of(Tool tool) {
    return switch (tool) {
      case Tool.BuiltIn own -> own.calledName();
      case Tool.Http http ->
          new ToolView(
              http.name(),
              http.description(),
              http.parameters(),
              new Http(http.url(), http.method()),
              http.isRepeatable(),
              null);
      case Tool.Client client ->
          new ToolView(
              client.name(),
              client.description(),
              client.parameters(),
              null,
              client.isRepeatable(),
              client.waitSeconds());
    };
  }
}
