package dev.palimpsest.runtime.api;

/** Examples of bodies, shown in the description of the interface. */
final class RequestBodies {
  static final String SESSION =
      """
      {"title": "A title", "agent": "agt_01", "scope": {"user": "ada"}}
      """;
  static final String PATCH =
      """
      {"title": "Another title", "instructions": null}
      """;
  static final String AGENT =
      """
      {"name": "gardener", "instructions": "Be brief.", "scope": {"project": "garden"},
       "sampling": {"temperature": 0.7}, "tools": ["memory_search"]}
      """;
  static final String AGENT_PATCH =
      """
      {"instructions": "Be kind.", "sampling": null, "version": 1}
      """;
  static final String FORK =
      """
      {"at": 6}
      """;
  static final String TURN =
      """
      {"input": "Once upon a time", "client_turn_id": "c-1", "stream": false,
       "max_output_tokens": 64, "recall": "hybrid", "grounded": false,
       "sampling": {"temperature": 0.7, "seed": 7}}
      """;
  static final String SELF_TEST =
      """
      {"memories": 50, "seed": 7, "scope": {"project": "garden"}}
      """;
  static final String CALL =
      """
      {"text": "12 degrees, rain", "error": false, "stream": false}
      """;
  static final String COMPACT =
      """
      {"ratio": 10, "policy": "matching"}
      """;
  static final String EXPAND =
      """
      {"segment": "trn_01"}
      """;
  static final String KEY =
      """
      {"name": "laptop", "rights": ["read", "write"], "user": "ada"}
      """;
  static final String MEMORY =
      """
      {"text": "Ada moved to Lisbon.", "kind": "fact", "scope": {"user": "ada"},
       "happened_at": "2026-03-01T09:00:00Z", "metadata": {"mood": "glad"},
       "sources": [{"memory": "mem_01", "quote": "I moved to Lisbon"}]}
      """;
  static final String MEMORY_PATCH =
      """
      {"text": "Ada moved to Porto.", "valid_to": null}
      """;
  static final String SEARCH =
      """
      {"query": "Where does Ada live?", "scope": {"user": "ada"}, "k": 5, "mode": "hybrid",
       "filters": {"kind": ["fact"], "happened_from": "2026-01-01T00:00:00Z"}, "explain": true}
      """;
  static final String REVOKE =
      """
      {"source": "export-2026.json", "reason": "It was not hers."}
      """;
  static final String RETENTION =
      """
      {"scope": {"user": "ada"}, "keep_days": 365, "archive_days": 90}
      """;
  static final String CHECKPOINT =
      """
      {"change": 17, "link": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}
      """;
  static final String ALIAS =
      """
      {"name": "Mimi"}
      """;
  static final String MERGE =
      """
      {"entity": "ent_01"}
      """;
  static final String EMBEDDINGS =
      """
      {"model": "palimpsest", "input": ["Ada moved to Lisbon."], "encoding_format": "float"}
      """;
  static final String SPACE =
      """
      {"model": "bge-small-en-v1.5-q"}
      """;
  static final String RERANK =
      """
      {"model": "palimpsest", "query": "Where does Ada live?", "top_n": 1,
       "documents": ["Ada moved to Lisbon.", "Ada likes tea."]}
      """;
  static final String CHAT =
      """
      {"model": "palimpsest", "messages": [{"role": "system", "content": "Be brief."},
       {"role": "user", "content": "Where does Ada live?"}], "stream": false, "max_tokens": 64}
      """;

  private RequestBodies() {}
}
