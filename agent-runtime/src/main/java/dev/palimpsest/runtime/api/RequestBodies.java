package dev.palimpsest.runtime.api;

/** Examples of bodies, shown in the description of the interface. */
final class RequestBodies {
  static final String SESSION =
      """
      {"title": "A title", "instructions": "Be brief.", "scope": {"user": "ada"}}
      """;
  static final String PATCH =
      """
      {"title": "Another title", "instructions": null}
      """;
  static final String TURN =
      """
      {"input": "Once upon a time", "client_turn_id": "c-1", "stream": false,
       "max_output_tokens": 64, "recall": "hybrid", "grounded": false,
       "sampling": {"temperature": 0.7, "seed": 7}}
      """;
  static final String KEY =
      """
      {"name": "laptop", "rights": ["read", "write"], "user": "ada"}
      """;

  private RequestBodies() {}
}
