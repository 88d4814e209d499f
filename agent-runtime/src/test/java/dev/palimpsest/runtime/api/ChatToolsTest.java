package dev.palimpsest.runtime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.runtime.bridge.ModelSlot;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import dev.palimpsest.runtime.socket.SessionAccess;
import dev.palimpsest.runtime.socket.TurnJson;
import dev.palimpsest.runtime.tool.ToolServer;
import dev.palimpsest.runtime.turn.RunnerRig;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tools of OpenAI's clients: a call ends one answer, and what came of it begins the next. */
@SuppressWarnings("NullAway.Init")
class ChatToolsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CALL =
      "<tool_call>{\"name\":\"weather\",\"arguments\":{\"city\":\"Oslo\"}}</tool_call>";
  private static final String TOOLS =
      """
      [{"type":"function","function":{"name":"weather","description":"The weather.",
        "parameters":{"type":"object","properties":{"city":{"type":"string"}}},"strict":true}}]
      """;
  private static final String USER = "{\"role\":\"user\",\"content\":\"How is Oslo?\"}";

  private final RunnerRig rig = new RunnerRig();
  private ToolServer server;
  private ChatResource chat;

  @BeforeEach
  void serve() throws IOException {
    server = rig.serveTools();
    rig.model.says();
    chat =
        new ChatResource(
            new ChatResource.SessionParts(
                rig.store, new SessionAccess(rig.store), JSON, new TurnJson(JSON)),
            ModelSlot.of(rig.model),
            rig.runner,
            rig.feeds,
            new Bodies(1 << 20),
            rig.node());
  }

  @AfterEach
  void close() {
    rig.close();
    server.close();
  }

  @Test
  void aCallIsOneAnswerAndWhatCameOfItTheNext() throws IOException {
    rig.model.says("Let me see.\n" + CALL, "It rains there.");
    JsonNode first = answer(body(USER, false));
    JsonNode choice = first.at("/choices/0");
    assertEquals("tool_calls", choice.path("finish_reason").asText());
    assertEquals("Let me see.", choice.at("/message/content").asText());
    JsonNode call = choice.at("/message/tool_calls/0");
    assertEquals("function", call.path("type").asText());
    assertEquals("weather", call.at("/function/name").asText());
    assertEquals("{\"city\":\"Oslo\"}", call.at("/function/arguments").asText());
    assertTrue(first.at("/usage/completion_tokens").asInt() > 0);
    String id = call.path("id").asText();
    String followUp = body(USER + "," + called(id) + "," + came(id, "rain"), false);
    JsonNode second = answer(followUp);
    assertEquals("stop", second.at("/choices/0/finish_reason").asText());
    assertEquals("It rains there.", second.at("/choices/0/message/content").asText());
    assertEquals(first.at("/palimpsest/turn"), second.at("/palimpsest/turn"));
    assertEquals("rain", rig.model.read().messages().getLast().text());
    assertEquals(second.at("/choices/0/message"), answer(followUp).at("/choices/0/message"));
    refused(
        body(USER + "," + called(id) + "," + came(id, "snow"), false),
        ProblemKind.CONFLICT,
        "messages[2].tool_call_id");
    rig.model.says("Bye.");
    String later = USER + "," + called(id) + "," + came(id, "rain");
    later += ",{\"role\":\"assistant\",\"content\":\"It rains there.\"}," + USER;
    assertEquals("Bye.", answer(body(later, false)).at("/choices/0/message/content").asText());
    assertTrue(rig.model.read().messages().stream().allMatch(message -> message.call() == null));
  }

  @Test
  void bothAreStreamed() throws IOException {
    rig.model.says("Let me see.\n" + CALL, CALL, "It rains there.");
    List<JsonNode> first = chunks(body(USER, true));
    assertEquals("Let me see.", words(first));
    assertEquals("tool_calls", finish(first));
    String id = "";
    StringBuilder arguments = new StringBuilder();
    for (JsonNode chunk : first) {
      JsonNode delta = chunk.at("/choices/0/delta/tool_calls/0");
      id += delta.path("id").asText("");
      arguments.append(delta.at("/function/arguments").asText(""));
    }
    assertEquals("{\"city\":\"Oslo\"}", arguments.toString());
    List<JsonNode> second = chunks(body(USER + "," + called(id) + "," + came(id, "rain"), true));
    assertEquals("", words(second));
    assertEquals("tool_calls", finish(second));
    String next = id.substring(0, id.length() - 1) + "2";
    List<JsonNode> third =
        chunks(body(USER + "," + called(next) + "," + came(next, "still"), true));
    assertEquals("It rains there.", words(third));
    assertEquals("stop", finish(third));
  }

  @Test
  void whatIsNoCallOfOursIsRefusedByName() throws IOException {
    String place = "messages[1].tool_call_id";
    refused(body(USER + "," + came("call_abc", "x"), false), ProblemKind.INVALID_REQUEST, place);
    assertEquals(
        ProblemKind.NOT_FOUND.type(),
        problem(body(USER + "," + came("call_a_b_1", "x"), false)).type());
    rig.model.says(CALL);
    String id = answer(body(USER, false)).at("/choices/0/message/tool_calls/0/id").asText();
    String other = id.substring(0, id.length() - 1) + "7";
    refused(body(USER + "," + came(other, "x"), false), ProblemKind.NOT_FOUND, place);
    for (String choice : List.of("\"required\"", "{\"type\":\"function\"}")) {
      refused(
          body(USER, false).replace("\"tools\"", "\"tool_choice\":" + choice + ",\"tools\""),
          ProblemKind.NOT_BUILT,
          "tool_choice");
    }
    String without = body(USER, false).replace("\"tools\"", "\"tool_choice\":\"none\",\"tools\"");
    rig.model.says("No tools.");
    assertEquals("No tools.", answer(without).at("/choices/0/message/content").asText());
    assertTrue(rig.model.read().tools().isEmpty());
  }

  @Test
  void inASessionThatIsNamedItsOwnDeclarationsHold() throws IOException {
    rig.model.says("One.", "Two.");
    String session = answer(body(USER, false)).at("/palimpsest/session").asText();
    String named =
        body(USER, false)
            .replace("\"tools\"", "\"palimpsest\":{\"session\":\"" + session + "\"},\"tools\"");
    assertEquals("Two.", answer(named).at("/choices/0/message/content").asText());
    refused(named.replace("The weather.", "Anything."), ProblemKind.TOOL_CHANGED, "tools[0]");
    refused(
        named.replace("\"name\":\"weather\"", "\"name\":\"news\""),
        ProblemKind.INVALID_REQUEST,
        "tools");
  }

  private static String body(String messages, boolean isStream) {
    return "{\"messages\":[" + messages + "],\"stream\":" + isStream + ",\"tools\":" + TOOLS + "}";
  }

  private static String called(String id) {
    return "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\""
        + id
        + "\",\"type\":\"function\",\"function\":{\"name\":\"weather\",\"arguments\":\"{}\"}}]}";
  }

  private static String came(String id, String text) {
    return "{\"role\":\"tool\",\"tool_call_id\":\"" + id + "\",\"content\":\"" + text + "\"}";
  }

  private Response create(String body) throws JsonProcessingException {
    return chat.create(Caller.OWNER, null, new Fields((ObjectNode) JSON.readTree(body)));
  }

  private JsonNode answer(String body) throws JsonProcessingException {
    return JSON.readTree(String.valueOf(create(body).getEntity()));
  }

  private List<JsonNode> chunks(String body) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertInstanceOf(StreamingOutput.class, create(body).getEntity()).write(out);
    List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
    assertEquals("data: [DONE]", lines.get(lines.size() - 2));
    List<JsonNode> chunks = new ArrayList<>();
    for (String line : lines) {
      if (line.startsWith("data: {")) {
        chunks.add(JSON.readTree(line.substring("data: ".length())));
      }
    }
    return chunks;
  }

  private static String words(List<JsonNode> chunks) {
    StringBuilder words = new StringBuilder();
    chunks.forEach(chunk -> words.append(chunk.at("/choices/0/delta/content").asText("")));
    return words.toString();
  }

  private static String finish(List<JsonNode> chunks) {
    return chunks.getLast().at("/choices/0/finish_reason").asText();
  }

  private Problem problem(String body) {
    return assertThrows(ProblemException.class, () -> create(body)).problem();
  }

  private void refused(String body, ProblemKind kind, String field) {
    Problem problem = problem(body);
    assertEquals(kind.type(), problem.type(), problem::toString);
    assertEquals(field, problem.errors().getFirst().field());
  }
}
