package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonRawValue;
import dev.palimpsest.memory.session.Tool;
import java.util.List;

/**
 * A tool behind an address as JSON; a tool of the service is its name.
 *
 * @param parameters JSON, as it was declared
 */
record ToolView(
    String name,
    String description,
    @JsonRawValue String parameters,
    Http http,
    @JsonProperty("repeatable") boolean isRepeatable) {
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
              http.isRepeatable());
    };
  }
}
