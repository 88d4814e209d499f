package dev.palimpsest.engine.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Made-up traffic of agents, as it would be recorded: what an agent reads, and what it writes
 * between. Calls of tools are JSON with invented values, answers quote what tools gave back, edits
 * write a file again with a change in it; chat is words by chance, without any repetition on
 * purpose. Everything comes from a seed.
 */
final class AgentTraffic {
  private static final String[] SYLLABLES = {
    "ba", "do", "ki", "lo", "mar", "ne", "po", "ri", "sa", "ten", "tu", "va", "ver", "wo", "zi"
  };
  private static final String[] CHAT = {
    "the", "a", "and", "to", "it", "of", "that", "in", "you", "we", "was", "for", "on", "with",
    "as", "this", "have", "but", "they", "not", "what", "there", "all", "when", "up", "out", "about",
    "time", "some", "them", "other", "into", "two", "more", "way", "look", "day", "come", "did",
    "long", "down", "side", "been", "now", "find", "any", "new", "work", "part", "take", "place",
    "made", "after", "back", "little", "only", "round", "year", "good", "great", "through", "much"
  };

  private final SplittableRandom random;

  AgentTraffic(long seed) {
    random = new SplittableRandom(seed);
  }

  /**
   * A piece of a session.
   *
   * @param isWritten by the agent; else it reads it
   */
  record Piece(String text, boolean isWritten) {}

  /** A session in which memories are searched and quoted. */
  List<Piece> quoting() {
    String user = word();
    List<Piece> session = new ArrayList<>();
    session.add(
        read(
            """
            You answer with one JSON object: {"tool":"memory_search","arguments":{"query":"…",\
            "scope":{"user":"…"},"k":5}} or {"answer":"…","sources":["…"]}.
            """));
    for (int turn = 0; turn < 3; turn++) {
      String thing = word();
      session.add(read("user " + user + ": what do we know of the " + thing + "?\n"));
      session.add(
          written(
              """
              {"tool":"memory_search","arguments":{"query":"%s","scope":{"user":"%s"},"k":5}}
              """
                  .formatted(thing, user)));
      List<String> ids = new ArrayList<>();
      List<String> texts = new ArrayList<>();
      StringBuilder found = new StringBuilder("{\"hits\":[");
      for (int hit = 0; hit < 3; hit++) {
        ids.add("mem_" + code(16));
        texts.add(sentence(thing));
        found.append(
            "{\"id\":\"%s\",\"text\":\"%s\",\"happened_at\":\"20%d-0%d-1%d\"},"
                .formatted(
                    ids.get(hit),
                    texts.get(hit),
                    random.nextInt(20, 27),
                    random.nextInt(1, 10),
                    random.nextInt(10)));
      }
      session.add(read(found.append("]}\n").toString()));
      int chosen = random.nextInt(3);
      session.add(
          written(
              "{\"answer\":\"%s\",\"sources\":[\"%s\"]}\n"
                  .formatted(texts.get(chosen), ids.get(chosen))));
    }
    return session;
  }

  /** A session of calls of one tool with other values each time. */
  List<Piece> calling() {
    List<Piece> session = new ArrayList<>();
    session.add(read("Tools: get_order(order_id), set_status(order_id, status, note).\n"));
    for (int turn = 0; turn < 4; turn++) {
      String order = "ORD-" + random.nextInt(10_000, 99_999);
      String status = random.nextBoolean() ? "shipped" : "refunded";
      session.add(read("customer: please look after " + order + ", it was to be " + status + ".\n"));
      session.add(
          written("{\"name\":\"get_order\",\"arguments\":{\"order_id\":\"%s\"}}\n".formatted(order)));
      session.add(
          read(
              "{\"order_id\":\"%s\",\"status\":\"open\",\"customer\":\"%s\",\"total\":%d.%02d}\n"
                  .formatted(order, word(), random.nextInt(9, 900), random.nextInt(100))));
      session.add(
          written(
              """
              {"name":"set_status","arguments":{"order_id":"%s","status":"%s","note":"asked for by \
              the customer"}}
              """
                  .formatted(order, status)));
    }
    return session;
  }

  /** A session in which a file is read and written again with one name changed. */
  List<Piece> editing() {
    String old = word();
    StringBuilder file = new StringBuilder("final class " + capital(word()) + " {\n");
    for (int method = 0; method < 5; method++) {
      String name = method == 2 ? old : word();
      file.append(
          "  int %s(int %s) {\n    int %s = %s * %d;\n    return %s + %s;\n  }\n\n"
              .formatted(name, "count", "sum", "count", random.nextInt(2, 90), "sum", "count"));
    }
    file.append("}\n");
    String changed = file.toString().replace(" " + old + "(", " " + word() + "(");
    return List.of(
        read("Rename the method `" + old + "`.\n```\n" + file + "```\n"),
        written("```\n" + changed + "```\n"));
  }

  /** Words by chance: pairs of them come again, and go on otherwise. */
  List<Piece> chatting() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 160; i++) {
      text.append(CHAT[random.nextInt(CHAT.length)]).append(' ');
    }
    return List.of(read("Say something.\n"), written(text.toString()));
  }

  private static Piece read(String text) {
    return new Piece(text, false);
  }

  private static Piece written(String text) {
    return new Piece(text, true);
  }

  private String word() {
    StringBuilder word = new StringBuilder();
    for (int i = random.nextInt(2, 4); i > 0; i--) {
      word.append(SYLLABLES[random.nextInt(SYLLABLES.length)]);
    }
    return word.toString();
  }

  private static String capital(String word) {
    return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
  }

  private String code(int length) {
    StringBuilder code = new StringBuilder();
    for (int i = 0; i < length; i++) {
      code.append(Character.forDigit(random.nextInt(32), 32));
    }
    return code.toString();
  }

  private String sentence(String thing) {
    StringBuilder sentence = new StringBuilder(capital(word()) + " said the " + thing);
    for (int i = random.nextInt(6, 16); i > 0; i--) {
      sentence.append(' ').append(CHAT[random.nextInt(CHAT.length)]);
    }
    return sentence.append('.').toString();
  }
}
