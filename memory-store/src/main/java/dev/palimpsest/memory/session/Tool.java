package dev.palimpsest.memory.session;

import dev.palimpsest.memory.StorableText;
import java.util.List;

/** What a model may call in the turns of a session. */
public sealed interface Tool {
  /** The most tools of a session. */
  int COUNT_MAX = 32;

  /** The longest description, in UTF-16 units. */
  int DESCRIPTION_CHARACTERS_MAX = 4096;

  /** The longest schema of arguments, in UTF-16 units. */
  int PARAMETERS_CHARACTERS_MAX = 1 << 15;

  /** The name by which a model calls it; no two of a session have the same. */
  String calledName();

  /**
   * Whether it may be called again with the same idempotency key when it is not known what came.
   */
  boolean isRepeatable();

  /** A tool of the service itself, over the session's memories and its log. */
  enum BuiltIn implements Tool {
    /** Finds memories. */
    MEMORY_SEARCH("memory_search"),
    /** Writes one down. */
    MEMORY_WRITE("memory_write"),
    /** Reads on in what another tool said at length. */
    RESULT_READ("result_read");

    private final String wireName;

    BuiltIn(String wireName) {
      this.wireName = wireName;
    }

    @Override
    public String calledName() {
      return wireName;
    }

    @Override
    public boolean isRepeatable() {
      return true;
    }
  }

  /**
   * A tool behind an address.
   *
   * @param name a letter, then at most 63 letters, digits, {@code _} and {@code -}
   * @param description for the model, at most {@link #DESCRIPTION_CHARACTERS_MAX}
   * @param parameters JSON schema of the arguments, as text, at most {@link
   *     #PARAMETERS_CHARACTERS_MAX}
   * @param url absolute, at most {@link #URL_CHARACTERS_MAX}
   * @param method in capital letters
   */
  record Http(
      String name,
      String description,
      String parameters,
      String url,
      String method,
      boolean isRepeatable)
      implements Tool {
    /** The longest address, in UTF-16 units. */
    public static final int URL_CHARACTERS_MAX = 2048;

    /** Methods that carry arguments in a body. */
    public static final List<String> METHODS = List.of("POST", "PUT", "PATCH");

    @Override
    public String calledName() {
      return name;
    }

    /** Refuses names, texts and methods out of range, naming the field. */
    public Http {
      requireFace(name, description, parameters);
      StorableText.require("http.url", url, URL_CHARACTERS_MAX);
      if (!METHODS.contains(method)) {
        throw new IllegalArgumentException("http.method is none of " + METHODS);
      }
    }
  }

  /**
   * A tool that the client of the session performs: it is told of the call and says what came of
   * it.
   *
   * @param name as in {@link Http}
   * @param description as in {@link Http}
   * @param parameters as in {@link Http}
   * @param waitSeconds how long a turn waits for it, 1 to {@link #WAIT_SECONDS_MAX}
   */
  record Client(
      String name, String description, String parameters, boolean isRepeatable, int waitSeconds)
      implements Tool {
    /** The longest that a turn waits for a client: a week. */
    public static final int WAIT_SECONDS_MAX = 7 * 24 * 60 * 60;

    /** How long a turn waits where nothing is said. */
    public static final int WAIT_SECONDS_DEFAULT = 600;

    @Override
    public String calledName() {
      return name;
    }

    /** Refuses names, texts and times out of range, naming the field. */
    public Client {
      requireFace(name, description, parameters);
      if (waitSeconds < 1 || waitSeconds > WAIT_SECONDS_MAX) {
        throw new IllegalArgumentException("wait_seconds is 1 to " + WAIT_SECONDS_MAX);
      }
    }
  }

  /** Checks what a model is told of a tool that is not the service's own. */
  private static void requireFace(String name, String description, String parameters) {
    if (!name.matches("[A-Za-z][A-Za-z0-9_-]{0,63}")) {
      throw new IllegalArgumentException(
          "name is a letter and at most 63 letters, digits, '_' and '-'");
    }
    for (BuiltIn own : BuiltIn.values()) {
      if (own.wireName.equals(name)) {
        throw new IllegalArgumentException("name is that of a tool of the service");
      }
    }
    StorableText.require("description", description, DESCRIPTION_CHARACTERS_MAX);
    StorableText.require("parameters", parameters, PARAMETERS_CHARACTERS_MAX);
  }

  /**
   * Returns tools that can be a session's.
   *
   * @throws IllegalArgumentException for too many, or two of one name
   */
  static List<Tool> require(List<Tool> tools) {
    if (tools.size() > COUNT_MAX) {
      throw new IllegalArgumentException("tools are " + tools.size() + "; at most " + COUNT_MAX);
    }
    if (tools.stream().map(Tool::calledName).distinct().count() < tools.size()) {
      throw new IllegalArgumentException("tools have two of one name");
    }
    return List.copyOf(tools);
  }
}
