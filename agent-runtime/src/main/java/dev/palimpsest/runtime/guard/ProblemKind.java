package dev.palimpsest.runtime.guard;

import java.util.Locale;

/** What can be wrong, with the HTTP status that says so and a title which never changes. */
public enum ProblemKind {
  /** The bytes of a body or frame are not JSON. */
  MALFORMED_JSON(400, "This is not JSON"),
  /** The JSON is not what the contract says. */
  INVALID_REQUEST(400, "The request is not valid"),
  /** Something of the contract that this version does not have yet. */
  NOT_BUILT(400, "Not built yet"),
  /** No key, or one that is not known. */
  UNAUTHENTICATED(401, "A valid key is needed"),
  /** A key that may not do this. */
  FORBIDDEN(403, "This key may not do that"),
  /** The request names a host that is not this service. */
  FOREIGN_HOST(403, "This host name is not served here"),
  /** The request comes from a page of another origin. */
  FOREIGN_ORIGIN(403, "Requests from this origin are not answered"),
  /** No such thing. */
  NOT_FOUND(404, "There is no such thing"),
  /** A model that is not loaded. */
  MODEL_NOT_FOUND(404, "This model is not loaded"),
  /** The path exists, the method does not. */
  METHOD_NOT_ALLOWED(405, "This method is not allowed here"),
  /** No representation that the client takes. */
  NOT_ACCEPTABLE(406, "Not in this form"),
  /** The same idempotency key with another request. */
  CONFLICT(409, "This contradicts an earlier request"),
  /** A tool's declaration is not the one that the session pinned. */
  TOOL_CHANGED(409, "A tool is declared otherwise than before"),
  /** A call that was made to nobody here, or whose turn has ended. */
  CALL_STATE(409, "This call takes no answer now"),
  /** A memory that was taken back is changed no more. */
  REVOKED(409, "This was revoked"),
  /** What an embedding space is asked for that it does not allow as it stands. */
  SPACE_STATE(409, "The embedding spaces do not allow this now"),
  /** The window holds nothing that may become shorter. */
  NOTHING_TO_COMPACT(409, "There is nothing to compact yet"),
  /** A model whose cache cannot be made shorter. */
  NOT_COMPACTABLE(422, "This session's cache cannot be compacted"),
  /** The session has a turn that is not finished. */
  TURN_RUNNING(409, "Another turn is running in this session"),
  /** A body, frame or address beyond its limit. */
  TOO_LARGE(413, "Too large"),
  /** A body that is not JSON by its own word. */
  UNSUPPORTED_MEDIA_TYPE(415, "Only application/json is read here"),
  /** What the network layer refused. */
  BAD_HTTP(400, "This is not a request that can be read"),
  /** The turn cannot be continued and may be repeated. */
  INTERRUPTED(503, "The turn was interrupted"),
  /** Somebody stopped the turn. */
  CANCELLED(409, "The turn was cancelled"),
  /** What must be in the window is larger than the window. */
  CONTEXT_TOO_LARGE(422, "The input does not fit into the model's window"),
  /** A limit of the turn was reached. */
  LIMIT(422, "A limit of the turn was reached"),
  /** More bytes of an import than there is credit for. */
  NO_CREDIT(429, "More was sent than there is room for"),
  /** An import ended without its file being read to the end. */
  IMPORT_FAILED(422, "The import cannot go on"),
  /** The service's disk takes no more. */
  DISK_FULL(507, "There is no room on the disk"),
  /** The model gave no answer. */
  MODEL_FAILED(500, "The model failed"),
  /** No model is loaded. */
  MODEL_MISSING(503, "There is no model"),
  /** Nothing makes vectors of texts. */
  EMBEDDING_MISSING(503, "There is no embedding model"),
  /** The database does not answer. */
  STORE_UNAVAILABLE(503, "The database is not available"),
  /** More is asked at once than there is room for. */
  OVERLOADED(503, "Too much at once"),
  /** The service is going down and took nothing on. */
  STOPPING(503, "The service is stopping"),
  /** A bug of ours. */
  INTERNAL(500, "Something is wrong in the service");

  private final int status;
  private final String title;

  ProblemKind(int status, String title) {
    this.status = status;
    this.title = title;
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** One sentence that is the same for every problem of this kind. */
  public String title() {
    return title;
  }

  /** The URI which names the kind; programs compare this, and nothing else. */
  public String type() {
    return "urn:palimpsest:problem:" + name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
