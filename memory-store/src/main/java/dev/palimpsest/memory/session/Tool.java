package dev.palimpsest.memory.session;

import dev.palimpsest.memory.StorableText;
import java.util.List;
import java.util.regex.Pattern;

/** What a model may call in the turns of a session. */
public sealed interface Tool {
  /** The most tools of a session. */
  int COUNT_MAX = 32;

  /** The name by which a model calls it; no two of a session have the same. */
  String calledName();

  /**
   * Whether it may be called again with the same idempotency key when it is not known what came.
   */
  boolean isRepeatable();

  /** A tool of the service itself, over the session's memories. */
  enum BuiltIn implements Tool {
    /** Finds memories. */
    MEMORY_SEARCH("memory_search"),
    /** Writes one down. */
    MEMORY_WRITE("memory_write");

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
    /** The longest description, in UTF-16 units. */
    public static final int DESCRIPTION_CHARACTERS_MAX = 4096;

    /** The longest schema, in UTF-16 units. */
    public static final int PARAMETERS_CHARACTERS_MAX = 1 << 15;

    /** The longest address, in UTF-16 units. */
    public static final int URL_CHARACTERS_MAX = 2048;

    /** Methods that carry arguments in a body. */
    public static final List<String> METHODS = List.of("POST", "PUT", "PATCH");

    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,63}");

    @Override
    public String calledName() {
      return name;
    }

    /** Refuses names, texts and methods out of range, naming the field. */
    public Http {
      if (!NAME.matcher(name).matches()) {
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
      StorableText.require("http.url", url, URL_CHARACTERS_MAX);
      if (!METHODS.contains(method)) {
        throw new IllegalArgumentException("http.method is none of " + METHODS);
      }
    }
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
