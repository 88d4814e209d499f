package dev.palimpsest.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An invented export of another assistant, {@code conversations.json} as ChatGPT writes it, of any
 * size: one array of conversations, each a tree of messages. The same for the same seed.
 */
final class BenchExport {
  private static final int MESSAGES = 40;
  private static final int WORDS_OF_QUESTION = 15;
  private static final int WORDS_OF_ANSWER = 120;
  private static final long BEGIN_SECONDS = 1_600_000_000L;
  private static final long SECONDS_BETWEEN = 60;

  private final BenchCorpus corpus;
  private long messages;
  private long written;

  BenchExport(long seed) {
    this.corpus = new BenchCorpus(seed);
  }

  /**
   * Writes conversations until the file has at least so many bytes, one in memory at a time.
   *
   * @return how many messages it holds
   */
  long write(Path file, long bytes) throws IOException {
    try (Writer out = Files.newBufferedWriter(file, UTF_8)) {
      for (int number = 0; written < bytes; number++) {
        String conversation = (number == 0 ? "[" : ",\n") + conversation(number);
        out.write(conversation);
        // All of it is ASCII.
        written += conversation.length();
      }
      out.write("]\n");
    }
    return messages;
  }

  private String conversation(int number) {
    String name = "c" + number;
    ObjectNode conversation = Json.object().put("title", "Talk " + number).put("id", name);
    conversation.put("conversation_id", name).put("create_time", seconds());
    conversation.put("current_node", name + "-" + MESSAGES);
    ObjectNode mapping = conversation.putObject("mapping");
    ObjectNode root = mapping.putObject(name + "-0").put("id", name + "-0");
    root.putNull("message").putNull("parent").putArray("children").add(name + "-1");
    for (int i = 1; i <= MESSAGES; i++) {
      add(mapping, name, i);
    }
    return conversation.toString();
  }

  private void add(ObjectNode mapping, String conversation, int place) {
    messages++;
    boolean isQuestion = place % 2 == 1;
    String id = conversation + "-" + place;
    ObjectNode node = mapping.putObject(id).put("id", id);
    ObjectNode message = node.putObject("message").put("id", id);
    message.putObject("author").put("role", isQuestion ? "user" : "assistant");
    message.put("create_time", seconds());
    String text = corpus.words(isQuestion ? WORDS_OF_QUESTION : WORDS_OF_ANSWER);
    message.putObject("content").put("content_type", "text").putArray("parts").add(text);
    node.put("parent", conversation + "-" + (place - 1));
    if (place < MESSAGES) {
      node.putArray("children").add(conversation + "-" + (place + 1));
    } else {
      node.putArray("children");
    }
  }

  private long seconds() {
    return BEGIN_SECONDS + messages * SECONDS_BETWEEN;
  }
}
