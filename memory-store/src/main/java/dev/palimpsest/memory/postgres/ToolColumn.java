package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.session.Tool;
import dev.palimpsest.memory.session.ToolCodec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tools as a column, null where there are none. */
final class ToolColumn {
  private static final ToolCodec CODEC = new ToolCodec();

  private ToolColumn() {}

  static @Nullable String of(@Nullable List<Tool> tools) {
    return tools == null || tools.isEmpty() ? null : CODEC.encode(tools);
  }

  static List<Tool> tools(@Nullable String column) {
    return column == null ? List.of() : CODEC.decode(column);
  }
}
