package dev.palimpsest.runtime.turn;

import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.runtime.bridge.ToolFace;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** What models are told of tools. Of the service's own it stands in files beside this class. */
public final class BuiltInTools {
  private static final ToolFace SEARCH = own(Tool.BuiltIn.MEMORY_SEARCH);
  private static final ToolFace WRITE = own(Tool.BuiltIn.MEMORY_WRITE);
  private static final ToolFace READ = own(Tool.BuiltIn.RESULT_READ);

  private BuiltInTools() {}

  /** The tools as a model is told of them. */
  public static List<ToolFace> faces(List<Tool> tools) {
    return tools.stream().map(BuiltInTools::face).toList();
  }

  static ToolFace face(Tool tool) {
    return switch (tool) {
      case Tool.BuiltIn own ->
          switch (own) {
            case MEMORY_SEARCH -> SEARCH;
            case MEMORY_WRITE -> WRITE;
            case RESULT_READ -> READ;
          };
      case Tool.Http http -> new ToolFace(http.name(), http.description(), http.parameters());
      case Tool.Client client ->
          new ToolFace(client.name(), client.description(), client.parameters());
    };
  }

  private static ToolFace own(Tool.BuiltIn tool) {
    String name = tool.calledName();
    return new ToolFace(name, text(name + ".txt"), text(name + ".json"));
  }

  private static String text(String file) {
    try (InputStream in = BuiltInTools.class.getResourceAsStream(file)) {
      byte[] bytes = Objects.requireNonNull(in, file).readAllBytes();
      return new String(bytes, StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(file, e);
    }
  }
}
