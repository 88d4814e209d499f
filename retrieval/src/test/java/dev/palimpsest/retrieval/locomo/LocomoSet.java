package dev.palimpsest.retrieval.locomo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.palimpsest.memory.MemoryKind;
import dev.palimpsest.memory.MemoryText;
import dev.palimpsest.memory.NewMemory;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Scope;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** LoCoMo's conversations and questions, read by the rules of the metrics page. */
public final class LocomoSet {
  private static final Pattern SESSION = Pattern.compile("session_(\\d+)");
  private static final Pattern EVIDENCE = Pattern.compile("D:?(\\d+):(\\d+)");
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .appendPattern("h:mm a 'on' d MMMM, uuuu")
          .toFormatter(Locale.ENGLISH);

  /** One turn; {@code text} has the caption behind it. */
  public record Turn(
      String id, String session, int position, String speaker, String text, Instant at) {}

  /** One question; {@code evidence} holds ids of turns that exist. */
  public record Question(String text, int category, Set<String> evidence) {}

  /** One conversation with its questions. */
  public record Conversation(String id, List<Turn> turns, List<Question> questions) {}

  private LocomoSet() {}

  /** Reads a file. */
  public static List<Conversation> read(Path file) throws IOException {
    try (JsonParser parser = new JsonFactory().createParser(file.toFile())) {
      parser.nextToken();
      List<Conversation> conversations = new ArrayList<>();
      for (Object sample : list(value(parser))) {
        conversations.add(conversation(map(sample)));
      }
      return conversations;
    }
  }

  /** A conversation's turns as memories, in a project of its own. */
  public static List<NewMemory> memories(Conversation conversation) {
    return conversation.turns().stream().map(turn -> memory(conversation, turn)).toList();
  }

  private static NewMemory memory(Conversation conversation, Turn turn) {
    return new NewMemory(
        new Scope(null, null, conversation.id()),
        MemoryKind.EPISODE,
        new Origin("locomo", conversation.id() + "/" + turn.session(), turn.id(), turn.position()),
        MemoryText.of(turn.text()).saidBy(turn.speaker()).happenedAt(turn.at()),
        null);
  }

  private static Conversation conversation(Map<String, Object> sample) {
    Map<String, Object> talk = map(sample.get("conversation"));
    List<Turn> turns = new ArrayList<>();
    for (String session : sessions(talk)) {
      LocalDateTime at = LocalDateTime.parse(text(talk, session + "_date_time"), TIME);
      int position = 0;
      for (Object turn : list(talk.get(session))) {
        turns.add(turn(map(turn), session, position++, at.toInstant(ZoneOffset.UTC)));
      }
    }
    Set<String> ids = new HashSet<>();
    turns.forEach(turn -> ids.add(turn.id()));
    List<Question> questions = new ArrayList<>();
    for (Object question : list(sample.get("qa"))) {
      questions.add(question(map(question), ids));
    }
    return new Conversation(text(sample, "sample_id"), turns, questions);
  }

  private static List<String> sessions(Map<String, Object> talk) {
    Map<Integer, String> sessions = new TreeMap<>();
    for (Map.Entry<String, Object> entry : talk.entrySet()) {
      Matcher name = SESSION.matcher(entry.getKey());
      if (name.matches() && entry.getValue() instanceof List<?>) {
        sessions.put(Integer.valueOf(name.group(1)), entry.getKey());
      }
    }
    return List.copyOf(sessions.values());
  }

  private static Turn turn(Map<String, Object> turn, String session, int position, Instant at) {
    Object caption = turn.get("blip_caption");
    String said = text(turn, "text") + (caption == null ? "" : " " + caption);
    return new Turn(text(turn, "dia_id"), session, position, text(turn, "speaker"), said, at);
  }

  private static Question question(Map<String, Object> question, Set<String> known) {
    Set<String> evidence = new LinkedHashSet<>();
    for (Object text : list(question.get("evidence"))) {
      Matcher ids = EVIDENCE.matcher(text.toString());
      while (ids.find()) {
        String id = "D" + Integer.parseInt(ids.group(1)) + ":" + Integer.parseInt(ids.group(2));
        if (known.contains(id)) {
          evidence.add(id);
        }
      }
    }
    int category = Integer.parseInt(String.valueOf(question.get("category")));
    return new Question(text(question, "question"), category, evidence);
  }

  private static String text(Map<String, Object> object, String name) {
    return String.valueOf(object.get(name));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  private static List<?> list(Object value) {
    return (List<?>) value;
  }

  private static Object value(JsonParser parser) throws IOException {
    if (parser.currentToken() == JsonToken.START_OBJECT) {
      Map<String, Object> object = new LinkedHashMap<>();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        parser.nextToken();
        object.put(name, value(parser));
      }
      return object;
    }
    if (parser.currentToken() == JsonToken.START_ARRAY) {
      List<Object> array = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        array.add(value(parser));
      }
      return array;
    }
    return parser.getText();
  }
}
