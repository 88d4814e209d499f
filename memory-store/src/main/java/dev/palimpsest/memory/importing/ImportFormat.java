package dev.palimpsest.memory.importing;

import java.util.Locale;

/** Formats that can be read. Named outside by {@link #word}. */
public enum ImportFormat {
  /** The lossless archive of a store like this one. */
  PALIMPSEST,
  /** One JSON object a line, of our own. */
  JSONL,
  /** Chat messages, one a line, or the items of a Responses conversation. */
  OPENAI,
  /** Conversations of a ChatGPT export. */
  CHATGPT,
  /** Conversations, projects and memories of a Claude export. */
  CLAUDE,
  /** The dialogues of the LoCoMo benchmark. */
  LOCOMO,
  /** Facts of Mem0, as a list or as the history of their changes. */
  MEM0,
  /** Notes, one memory for each section. */
  MARKDOWN,
  /** Messages of LangChain or LangGraph in any of their three dialects. */
  LANGCHAIN,
  /** Messages of LangChain4j. */
  LANGCHAIN4J,
  /** The lines of a Claude Code session. */
  CLAUDE_CODE,
  /** The graph of the MCP memory server. */
  MCP_MEMORY,
  /** The activity log of Gemini as Takeout gives it out. */
  GEMINI,
  /** An agent file of Letta. */
  LETTA;

  /** Its name outside: in lower case, with hyphens. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
