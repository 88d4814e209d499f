package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.guard.JsonText;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import java.io.IOException;
import java.io.InputStream;

/** Reads bodies, up to the limit and no further. */
public final class Bodies {
  private final int bytesMax;

  /**
   * Takes the limit.
   *
   * @param bytesMax a body at most
   */
  public Bodies(int bytesMax) {
    this.bytesMax = bytesMax;
  }

  /**
   * The fields of a JSON object.
   *
   * @throws ProblemException 413 beyond the limit, 400 for what is no JSON object
   */
  Fields read(InputStream body) {
    return new Fields(JsonText.object(bytes(body)));
  }

  /** The same where nothing at all means an empty object. */
  Fields readOptional(InputStream body) {
    byte[] bytes = bytes(body);
    return new Fields(
        bytes.length == 0 ? JsonNodeFactory.instance.objectNode() : JsonText.object(bytes));
  }

  private byte[] bytes(InputStream body) {
    try {
      byte[] bytes = body.readNBytes(bytesMax + 1);
      if (bytes.length > bytesMax) {
        throw new ProblemException(
            ProblemKind.TOO_LARGE, "A body has at most " + bytesMax + " bytes.");
      }
      return bytes;
    } catch (IOException e) {
      throw new ProblemException(
          ProblemKind.BAD_HTTP, "The body ended before it was complete: " + e.getMessage());
    }
  }
}
