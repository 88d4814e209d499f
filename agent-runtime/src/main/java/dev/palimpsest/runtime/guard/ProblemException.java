package dev.palimpsest.runtime.guard;

/**
 * Ends the handling of a request with a problem document. It is thrown by what translates requests
 * (resources, readers of JSON, the key check) and caught where answers are written.
 */
public final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Problem problem;

  /** Wraps the document. */
  public ProblemException(Problem problem) {
    super(problem.detail());
    this.problem = problem;
  }

  /** Makes the document of a kind and a sentence. */
  public ProblemException(ProblemKind kind, String detail) {
    this(Problem.of(kind, detail));
  }

  /** What will be sent. */
  public Problem problem() {
    return problem;
  }
}
