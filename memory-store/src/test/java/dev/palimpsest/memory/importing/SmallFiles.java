package dev.palimpsest.memory.importing;

/** A small file of each format that others export, with something wrong in most. */
final class SmallFiles {
  static final String MEM0 =
      """
      {"results": [
        {"id": "a", "memory": "Rides a tram", "user_id": "kim", "created_at": "2026-01-02T03:04:05",
         "updated_at": "2026-01-05T00:00:00Z", "expiration_date": "2026-02-01",
         "metadata": {"from": "chat"}, "categories": ["travel"]},
        {"id": "b", "memory": "", "user_id": "kim"},
        {"id": "c", "memory": "Old", "event": "DELETE"},
        {"id": "d", "memory": "Late", "created_at": "soon"}],
       "relations": [{"source": "kim", "relationship": "likes", "destination": "trams"}],
       "note": "{[\\"results\\": ["}
      """;

  static final String MEM0_HISTORY =
      """
      [{"id": "1", "memory_id": "m", "new_memory": "Has a dog", "event": "ADD",
        "created_at": "2026-01-01T00:00:00Z"},
       {"id": "2", "memory_id": "m", "old_memory": "Has a dog", "new_memory": "Has two dogs",
        "event": "UPDATE", "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-09T00:00:00Z"},
       {"id": "3", "memory_id": "m", "old_memory": "Has two dogs", "event": "DELETE",
        "created_at": "2026-01-20T00:00:00Z"},
       {"id": "4", "memory_id": "m", "event": "GUESS"}]
      """;

  static final String MARKDOWN =
      """
      ---
      title: "Log"
      date: 2026-01-02 10:00
      tags:
        - a
      ---
      Before all.
      # One #

        indented

      ```
      # no heading
      ~~~
      ```
      ## Deep\u0000
      down
      ### Deeper
      # Two
      up
      """;

  static final String LANGCHAIN =
      """
      {"values": {"other": [1], "messages": [
        {"type": "human", "data": {"content": "one", "id": "h", "name": "ann"}},
        {"lc": 1, "type": "constructor", "id": ["x", "AIMessageChunk"],
         "kwargs": {"content": [{"type": "text", "text": "two"}, {"type": "tool_use"}]}},
        {"type": "chat", "role": "assistant", "content": "three"},
        {"type": "system", "content": "be"}, {"type": "tool", "content": "x"},
        {"type": "remove", "id": "h", "content": ""}, {"type": "oracle", "content": "x"},
        {"content": "x"}, 7]}, "next": []}
      """;

  static final String LANGCHAIN4J =
      """
      [{"type": "USER", "name": "ann", "contents": [{"type": "TEXT", "text": "one"},
        {"type": "IMAGE", "image": {"url": "u"}}]},
       {"type": "AI", "text": "two", "toolExecutionRequests": []},
       {"type": "AI", "toolExecutionRequests": [{"id": "1"}]},
       {"type": "SYSTEM", "text": "be"}, {"type": "CUSTOM"}, {"text": "x"}]
      """;

  static final String CLAUDE_CODE =
      """
      {"type": "file-history-snapshot", "messageId": "x"}
      {"type": "user", "uuid": "a", "parentUuid": null, "sessionId": "s", "cwd": "/w",\
       "timestamp": "2026-01-01T00:00:00Z", "message": {"role": "user", "content": "one"}}
      {"type": "assistant", "uuid": "b", "parentUuid": "a", "sessionId": "s", "message":\
       {"role": "assistant", "content": [{"type": "thinking"}, {"type": "text", "text": "two"}]}}
      {"type": "user", "uuid": "c", "parentUuid": "b", "sessionId": "s", "isMeta": true}
      {"type": "assistant", "uuid": "d", "parentUuid": "b", "sessionId": "s", "message":\
       {"role": "assistant", "content": "dropped"}}
      {"type": "system", "uuid": "e", "parentUuid": null, "logicalParentUuid": "c",\
       "sessionId": "s"}
      {"type": "user", "uuid": "f", "parentUuid": "e", "sessionId": "s",\
       "timestamp": "2026-01-02T00:00:00Z", "message": {"role": "user", "content": "three"}}
      {"type": "assistant", "uuid": "g", "parentUuid": "lost", "sessionId": "s",\
       "message": {"role": "assistant", "content": [{"type": "tool_use"}]}}
      {"type": "user", "uuid": "h", "parentUuid": "g", "sessionId": "s", "isSidechain": true,\
       "message": {"role": "user", "content": "errand"}}

      {"type": "user", "uuid": "i", "timestamp": "now", "message": {"content": "x"}}
      """;

  static final String MCP_MEMORY =
      """
      {"type": "entity", "name": "Ann", "entityType": "person", "observations": ["Skis", 3, ""]}
      {"type": "relation", "from": "Ann", "to": "Bo", "relationType": "knows"}
      {"type": "entity", "name": "Bo", "entityType": "person", "observations": []}
      {"type": "relation", "from": "Ann", "relationType": "knows"}
      {"type": "entity", "name": "Cy", "observations": "x"}
      """;

  static final String GEMINI =
      """
      [{"header": "Gemini Apps", "title": "Prompted later?", "time": "2026-01-02T00:00:00Z",
        "details": [{"url": "https://gemini.google.com/u/1/app/k9"}],
        "safeHtmlItem": [{"html": "<p>yes<script>x</script>"}, {"html": "&lt;no&gt;"}]},
       {"header": "Gemini Apps", "title": "Prompted first?", "time": "2026-01-01T00:00:00Z",
        "titleUrl": "https://gemini.google.com/app/k9", "imageFile": ["a.png"]},
       {"header": "Gemini Apps", "title": "Eingegeben: was?", "time": "2026-01-01T00:00:00Z",
        "safeHtmlItem": [{"html": "das"}]},
       {"header": "Gemini Apps", "title": "Used a thing", "time": "2026-01-01T00:00:00Z"},
       {"header": "Gemini Apps", "title": "Asked when?", "time": "yesterday"}]
      """;

  static final String LETTA =
      """
      {"agents": [{"messages": [
        {"role": "user", "content": [{"type": "text",
         "text": "{\\"type\\": \\"user_message\\", \\"message\\": \\"one\\", \\"time\\": \\"x\\"}"}],
         "created_at": "2026-01-01T00:00:00"},
        {"role": "user", "content": "{\\"type\\": \\"heartbeat\\", \\"time\\": \\"x\\"}"},
        {"role": "assistant", "content": "I think", "tool_calls": [
          {"function": {"name": "send_message", "arguments": "{\\"message\\": \\"two\\"}"}}]},
        {"role": "assistant", "content": [], "tool_calls": [
          {"function": {"name": "send_message", "arguments": "{"}}]},
        {"role": "user", "content": "{\\"type\\": \\"note\\"}", "id": "m"},
        {"role": "oracle", "content": "x"}], "id": "agent-7"}],
       "blocks": [{"label": "human", "value": "Is Ann.", "id": "b"}, {"label": "x", "value": " "}, 1],
       "tools": [{"source_code": "exit()"}]}
      """;

  static final String PALIMPSEST =
      """
      {"palimpsest_archive":1}
      {"id":"mem_1","version":1,"learned_at":"2026-01-02T03:04:05Z","kind":"episode","source":"talk",\
      "position":0,"label":"untrusted","text":"one","metadata":"{}"}
      {"id":"mem_1","version":2,"learned_at":"2026-01-03T03:04:05Z","kind":"episode","source":"talk",\
      "position":0,"speaker":"kim","label":"user","text":"two","metadata":"{\\"a\\":1}"}
      {"id":"mem_0","version":1,"kind":"rumour"}
      {"end":{"versions":3,"sha256":"00"}}
      """;

  private SmallFiles() {}

  static String of(ImportFormat format) {
    return switch (format) {
      case PALIMPSEST -> PALIMPSEST;
      case MEM0 -> MEM0;
      case MARKDOWN -> MARKDOWN;
      case LANGCHAIN -> LANGCHAIN;
      case LANGCHAIN4J -> LANGCHAIN4J;
      case CLAUDE_CODE -> CLAUDE_CODE;
      case MCP_MEMORY -> MCP_MEMORY;
      case GEMINI -> GEMINI;
      case LETTA -> LETTA;
      default -> throw new IllegalArgumentException(format + " has none here");
    };
  }
}
