package dev.palimpsest.engine.format;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A model file that cannot be used: which file, at which byte, in which field, and why. */
public final class ModelFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Path file;
  private final long offset;
  private final String field;

  /** A refusal of {@code field}, which begins at byte {@code offset} of {@code file}. */
  public ModelFormatException(Path file, long offset, String field, String detail) {
    this(file, offset, field, detail, null);
  }

  /** A refusal with what caused it. */
  public ModelFormatException(
      Path file, long offset, String field, String detail, @Nullable Throwable cause) {
    super(file + ", byte " + offset + ", " + field + ": " + detail, cause);
    this.file = file;
    this.offset = offset;
    this.field = field;
  }

  /** File, byte, field and reason, in this order; never null. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }

  /** The file that was read. */
  public Path file() {
    return file;
  }

  /** Where the field begins, in bytes from the start of the file. */
  public long offset() {
    return offset;
  }

  /** The field, metadata key or tensor that is wrong. */
  public String field() {
    return field;
  }
}
