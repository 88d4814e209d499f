package dev.palimpsest.memory.importing;

/** Formats that can be read. Named outside in lower case. */
public enum ImportFormat {
  /** One JSON object a line, of our own. */
  JSONL,
  /** Chat messages, one a line, or the items of a Responses conversation. */
  OPENAI,
  /** Conversations of a ChatGPT export. */
  CHATGPT,
  /** Conversations, projects and memories of a Claude export. */
  CLAUDE,
  /** The dialogues of the LoCoMo benchmark. */
  LOCOMO
}
