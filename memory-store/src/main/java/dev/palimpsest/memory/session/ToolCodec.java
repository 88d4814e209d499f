package dev.palimpsest.memory.session;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.palimpsest.memory.MemoryStoreException;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Tools as text and back: {@code {"tools": […]}} with, for a tool of the service, {@code
 * {"built_in"}}, for one behind an address {@code {"name", "description", "parameters", "url",
 * "method", "repeatable"}}, and for one that the client performs {@code {"name", "description",
 * "parameters", "repeatable", "wait_seconds"}}; parameters are a text that holds JSON. Stateless.
 */
public final class ToolCodec {
  private static final String OPERATION = "read tools";

  private final JsonFactory json =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /** As text. */
  public String encode(List<Tool> tools) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = json.createGenerator(text)) {
      out.writeStartObject();
      out.writeArrayFieldStart("tools");
      for (Tool tool : tools) {
        out.writeStartObject();
        write(out, tool);
        out.writeEndObject();
      }
      out.writeEndArray();
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("a string writer does not fail", e);
    }
    return text.toString();
  }

  private static void write(JsonGenerator out, Tool tool) throws IOException {
    switch (tool) {
      case Tool.BuiltIn own -> out.writeStringField("built_in", own.calledName());
      case Tool.Http http -> {
        out.writeStringField("name", http.name());
        out.writeStringField("description", http.description());
        out.writeStringField("parameters", http.parameters());
        out.writeStringField("url", http.url());
        out.writeStringField("method", http.method());
        out.writeBooleanField("repeatable", http.isRepeatable());
      }
      case Tool.Client client -> {
        out.writeStringField("name", client.name());
        out.writeStringField("description", client.description());
        out.writeStringField("parameters", client.parameters());
        out.writeBooleanField("repeatable", client.isRepeatable());
        out.writeNumberField("wait_seconds", client.waitSeconds());
      }
    }
  }

  /**
   * The tools that were stored.
   *
   * @throws MemoryStoreException naming the member that is wrong
   */
  public List<Tool> decode(String text) {
    JsonMembers members = JsonMembers.parse(json, OPERATION, text);
    try {
      List<Tool> tools = new ArrayList<>();
      for (JsonMembers one : members.objects("tools")) {
        tools.add(tool(one));
        one.requireNoMore();
      }
      members.requireNoMore();
      return Tool.require(tools);
    } catch (IllegalArgumentException e) {
      throw new MemoryStoreException(OPERATION, String.valueOf(e.getMessage()), e);
    }
  }

  private static Tool tool(JsonMembers one) {
    if (one.has("built_in")) {
      return builtIn(one.text("built_in"));
    }
    return one.has("url") ? http(one) : client(one);
  }

  private static Tool client(JsonMembers one) {
    return new Tool.Client(
        one.text("name"),
        one.text("description"),
        one.text("parameters"),
        one.truth("repeatable"),
        one.smallNumber("wait_seconds"));
  }

  private static Tool http(JsonMembers one) {
    return new Tool.Http(
        one.text("name"),
        one.text("description"),
        one.text("parameters"),
        one.text("url"),
        one.text("method"),
        one.truth("repeatable"));
  }

  /**
   * The tool of the service that has this name.
   *
   * @throws IllegalArgumentException naming all of them
   */
  public static Tool.BuiltIn builtIn(String name) {
    for (Tool.BuiltIn tool : Tool.BuiltIn.values()) {
      if (tool.calledName().equals(name)) {
        return tool;
      }
    }
    throw new IllegalArgumentException(
        "names no tool of the service: "
            + Stream.of(Tool.BuiltIn.values())
                .map(Tool.BuiltIn::calledName)
                .collect(Collectors.joining(", ")));
  }
}
