package dev.palimpsest.retrieval.index;

import java.io.IOException;
import java.nio.file.Path;

/**
 * The word index could not do what it was asked: the disk is full or gone, another process holds
 * the folder, or a file is not what it was. Says what was done in which folder, and keeps the
 * cause. The index holds nothing that the store has not: deleting the folder while the service is
 * stopped is always a way out.
 */
public final class IndexException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  IndexException(String operation, Path folder, IOException cause) {
    super(operation + " in " + folder + ": " + cause.getMessage(), cause);
  }

  IndexException(String operation, Path folder, String detail) {
    super(operation + " in " + folder + ": " + detail);
  }
}
