package dev.palimpsest.runtime.service;

import static dev.palimpsest.runtime.service.Calls.json;
import static io.restassured.RestAssured.given;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.postgres.NeedsPostgres;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** OpenAI's dialect, as its clients speak it. */
@QuarkusTest
@WithTestResource(ServiceResource.class)
@ExtendWith(NeedsPostgres.class)
class ChatTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final List<Map<String, String>> HISTORY =
      List.of(
          Map.of("role", "system", "content", "Tell stories."),
          Map.of("role", "user", "content", "Once upon a time"),
          Map.of("role", "assistant", "content", "there was a cat."),
          Map.of("role", "user", "content", "What did the cat do?"));

  @Test
  void aCallIsAnsweredWithEverythingAClientReads() {
    Response answer = ask(Map.of("max_tokens", 8, "temperature", 0, "model", "stories260K"));
    assertEquals(200, answer.statusCode(), answer.asString());
    JsonPath chat = answer.jsonPath();
    assertEquals("chat.completion", chat.getString("object"));
    assertTrue(chat.getString("id").startsWith("chatcmpl-"));
    assertEquals("stories260K", chat.getString("model"));
    assertTrue(chat.getLong("created") > 1_700_000_000L);
    assertEquals("assistant", chat.getString("choices[0].message.role"));
    assertEquals(0, chat.getInt("choices[0].index"));
    assertEquals("length", chat.getString("choices[0].finish_reason"));
    assertEquals(8, chat.getInt("usage.completion_tokens"));
    assertEquals(
        chat.getInt("usage.total_tokens"),
        chat.getInt("usage.prompt_tokens") + chat.getInt("usage.completion_tokens"));
    JsonPath events = Calls.events(chat.getString("palimpsest.session"));
    assertEquals("What did the cat do?", events.getString("events[0].text"));
    assertEquals(List.of("user", "assistant"), events.getList("events[0].given.role"));
    assertEquals(
        "Tell stories.",
        given().get("/v1/sessions/" + chat.getString("palimpsest.session")).path("instructions"));
  }

  /** The same words told as turns of one session and brought along in one call are one prompt. */
  @Test
  void theHistoryOfTheClientIsWhatTheModelReads() {
    Map<String, Object> greedy = Map.of("temperature", 0, "max_tokens", 12);
    JsonPath whole = ask(greedy).jsonPath();
    Map<String, Object> alone = new HashMap<>(greedy);
    alone.put("messages", List.of(HISTORY.getLast()));
    JsonPath last = json(alone).post(CHAT).jsonPath();
    assertTrue(whole.getInt("usage.prompt_tokens") > last.getInt("usage.prompt_tokens") + 5);
    assertEquals(content(whole), content(ask(greedy).jsonPath()));
  }

  @Test
  void chunksTellTheSameAnswerAndEndWithDone() {
    Map<String, Object> options = Map.of("max_completion_tokens", 20, "seed", 5, "top_p", 0.9);
    String whole = content(ask(options).jsonPath());
    Map<String, Object> streamed = new HashMap<>(options);
    streamed.put("stream", true);
    streamed.put("stream_options", Map.of("include_usage", true));
    Response response = ask(streamed);
    assertTrue(response.contentType().startsWith("text/event-stream"), response.contentType());
    List<String> data =
        response
            .asString()
            .lines()
            .filter(line -> line.startsWith("data: "))
            .map(line -> line.substring(6))
            .toList();
    assertEquals("[DONE]", data.getLast());
    List<JsonPath> chunks = data.subList(0, data.size() - 1).stream().map(JsonPath::new).toList();
    assertEquals(1, chunks.stream().map(c -> c.getString("id")).distinct().count());
    assertTrue(
        chunks.stream().allMatch(c -> "chat.completion.chunk".equals(c.getString("object"))));
    assertEquals("assistant", chunks.getFirst().getString("choices[0].delta.role"));
    String told =
        chunks.stream()
            .map(c -> c.getString("choices[0].delta.content"))
            .filter(text -> text != null)
            .collect(Collectors.joining());
    assertEquals(whole, told);
    JsonPath usage = chunks.getLast();
    assertEquals(List.of(), usage.getList("choices"));
    assertEquals(20, usage.getInt("usage.completion_tokens"));
    JsonPath end = chunks.get(chunks.size() - 2);
    assertEquals("length", end.getString("choices[0].finish_reason"));
    assertNull(end.get("usage"));
  }

  /** Tokens, their bytes and the likeliest beside them: the same whole and in chunks. */
  @Test
  void logProbabilitiesComeInTheShapeThatClientsRead() {
    Map<String, Object> options =
        new HashMap<>(Map.of("max_tokens", 12, "temperature", 0, "logprobs", true));
    assertNull(ask(Map.of("max_tokens", 3)).jsonPath().get("choices[0].logprobs"));
    options.put("top_logprobs", 2);
    JsonPath whole = ask(options).jsonPath();
    List<Map<String, Object>> tokens = whole.getList("choices[0].logprobs.content");
    assertEquals(whole.getInt("usage.completion_tokens"), tokens.size());
    assertEquals(content(whole), text(tokens).stripLeading());
    for (Map<String, Object> token : tokens) {
      List<Map<String, Object>> top = list(token.get("top_logprobs"));
      assertEquals(2, top.size());
      assertEquals(token.get("token"), top.getFirst().get("token"), "greedy takes the likeliest");
      assertEquals(token.get("logprob"), top.getFirst().get("logprob"));
      assertTrue(((Number) token.get("logprob")).doubleValue() <= 0);
    }
    options.put("stream", true);
    List<Map<String, Object>> streamed =
        ask(options)
            .asString()
            .lines()
            .filter(line -> line.startsWith("data: {"))
            .map(line -> new JsonPath(line.substring(6)))
            .flatMap(chunk -> list(chunk.get("choices[0].logprobs.content")).stream())
            .toList();
    assertEquals(tokens, streamed);
  }

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> list(Object found) {
    return found == null ? List.of() : (List<Map<String, Object>>) found;
  }

  private static String text(List<Map<String, Object>> tokens) {
    var bytes = new java.io.ByteArrayOutputStream();
    for (Map<String, Object> token : tokens) {
      ((List<?>) token.get("bytes")).forEach(each -> bytes.write(((Number) each).intValue()));
    }
    return bytes.toString(java.nio.charset.StandardCharsets.UTF_8);
  }

  @Test
  void biasAndPenaltiesMoveTheAnswerAndAreStoredWithTheTurn() {
    Map<String, Object> options = new HashMap<>(Map.of("max_tokens", 30, "temperature", 0));
    options.put("logit_bias", Map.of("300", 20));
    JsonPath biased = ask(options).jsonPath();
    JsonPath said = Calls.events(biased.getString("palimpsest.session"));
    assertEquals(300, said.getInt("events[0].logit_bias[0].token"));
    options.put("presence_penalty", 2);
    options.put("frequency_penalty", 2);
    options.put("repetition_penalty", 10);
    JsonPath penalised = ask(options).jsonPath();
    assertNotEquals(content(biased), content(penalised));
    JsonPath both = Calls.events(penalised.getString("palimpsest.session"));
    assertEquals(2.0f, both.getFloat("events[0].sampling.presence_penalty"));
    assertTrue(both.getFloat("events[-1].confidence.logprob_mean") < 0);
  }

  /** The model of the tests knows stories only; held to a schema it writes JSON all the same. */
  @Test
  void anAnswerCanBeHeldToASchema() {
    String schema =
        """
        {"type": "object", "additionalProperties": false, "required": ["colour", "count"],
         "properties": {"colour": {"enum": ["red", "blue"]}, "count": {"type": "integer"},
                        "note": {"type": "string", "maxLength": 5}}}
        """;
    Map<String, Object> format =
        Map.of(
            "type",
            "json_schema",
            "json_schema",
            Map.of("name", "thing", "strict", true, "schema", new JsonPath(schema).getMap("")));
    for (int seed = 0; seed < 5; seed++) {
      JsonPath chat =
          ask(Map.of("max_tokens", 120, "seed", seed, "response_format", format)).jsonPath();
      assertEquals("stop", chat.getString("choices[0].finish_reason"));
      Map<String, Object> thing = new JsonPath(content(chat)).getMap("");
      assertTrue(List.of("red", "blue").contains(thing.get("colour")), thing::toString);
      assertTrue(thing.get("count") instanceof Number, thing::toString);
      assertTrue(List.of("colour", "count", "note").containsAll(thing.keySet()), thing::toString);
    }
    String free =
        content(
            ask(Map.of("max_tokens", 6, "response_format", Map.of("type", "json_object")))
                .jsonPath());
    assertTrue(free.stripLeading().startsWith("{"), free);
  }

  /** A grammar as llama.cpp's server takes it. */
  @Test
  void anAnswerCanBeHeldToAGrammar() {
    String grammar =
        """
        # a move and its reason
        root ::= " " [a-h] [1-8] (" because " word (" " word){0,3})? "."
        word ::= [a-z]{2,6}
        """;
    for (int seed = 0; seed < 5; seed++) {
      JsonPath chat = ask(Map.of("max_tokens", 120, "seed", seed, "grammar", grammar)).jsonPath();
      assertEquals("stop", chat.getString("choices[0].finish_reason"));
      String answer = content(chat);
      assertTrue(answer.matches(" [a-h][1-8]( because [a-z]{2,6}( [a-z]{2,6}){0,3})?\\."), answer);
    }
    assertEquals(200, ask(Map.of("max_tokens", 2, "grammar", "")).statusCode());
    Response wrong = ask(Map.of("grammar", "root ::= \"a\"\nroot ::= [b"));
    assertEquals(400, wrong.statusCode());
    assertTrue(wrong.<String>path("error.message").contains("line 2, column 1"), wrong.asString());
  }

  @Test
  void anAnswerCanBeOneOfSomeTexts() {
    List<String> choices = List.of("yes", "no", "nobody knows", "日本");
    for (int seed = 0; seed < 5; seed++) {
      JsonPath chat =
          ask(Map.of(
                  "max_tokens",
                  40,
                  "seed",
                  seed,
                  "palimpsest",
                  Map.of("recall", "none", "choices", choices)))
              .jsonPath();
      assertEquals("stop", chat.getString("choices[0].finish_reason"));
      assertTrue(choices.contains(content(chat)), content(chat));
    }
  }

  @Test
  void aStopTextEndsTheAnswerAndIsNoPartOfIt() {
    String whole = content(ask(Map.of("max_tokens", 24, "temperature", 0)).jsonPath());
    String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 3);
    JsonPath stopped =
        ask(Map.of("max_tokens", 24, "temperature", 0, "stop", List.of(stop))).jsonPath();
    assertEquals(whole.substring(0, whole.indexOf(stop)), content(stopped));
    assertEquals("stop", stopped.getString("choices[0].finish_reason"));
  }

  @Test
  void anIdempotencyKeyAnswersOnce() {
    Map<String, Object> body = body(Map.of("max_tokens", 4));
    JsonPath first = json(body).header("Idempotency-Key", "chat-1").post(CHAT).jsonPath();
    JsonPath again = json(body).header("Idempotency-Key", "chat-1").post(CHAT).jsonPath();
    assertEquals(first.getString("id"), again.getString("id"));
    assertEquals(content(first), content(again));
    assertNotEquals(first.getString("id"), ask(Map.of("max_tokens", 4)).jsonPath().getString("id"));
  }

  @Test
  void aSessionThatIsNamedKeepsItsOwnPast() {
    String session = Calls.session();
    for (int i = 1; i <= 2; i++) {
      JsonPath chat =
          ask(Map.of("max_tokens", 3, "palimpsest", Map.of("session", session))).jsonPath();
      assertEquals(session, chat.getString("palimpsest.session"));
      assertEquals(i, turns(session));
    }
    assertNull(Calls.events(session).get("events[0].given"));
    assertError(ask(Map.of("palimpsest", Map.of("session", "ses_none"))), 404, "not_found");
  }

  @Test
  void theUserOfTheDialectIsTheScopesUser() {
    JsonPath chat = ask(Map.of("max_tokens", 2, "user", "ada")).jsonPath();
    assertEquals(
        "ada",
        given().get("/v1/sessions/" + chat.getString("palimpsest.session")).path("scope.user"));
  }

  @Test
  void partsAndWhatSaysNothingAreTaken() {
    String body =
        """
        {"model": "palimpsest", "max_tokens": 2, "n": 1, "tools": [], "logprobs": false,
         "presence_penalty": 0, "response_format": {"type": "text"}, "store": true,
         "messages": [{"role": "developer", "content": "Be kind."},
          {"role": "user", "name": "a", "content": [{"type": "text", "text": "one"},
                                                    {"type": "text", "text": "two"}]}]}
        """;
    JsonPath chat = json(body).post(CHAT).jsonPath();
    assertEquals(
        "one\ntwo", Calls.events(chat.getString("palimpsest.session")).getString("events[0].text"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | messages | 400",
        "{\"messages\":[]} | messages | 400",
        "{\"messages\":\"hi\"} | messages | 400",
        "{\"messages\":[7]} | messages[0] | 400",
        "{\"messages\":[{\"role\":\"user\"}]} | messages[0].content | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"\"}]} | messages[0].content | 400",
        "{\"messages\":[{\"role\":\"king\",\"content\":\"a\"}]} | messages[0].role | 400",
        "{\"messages\":[{\"role\":\"assistant\",\"content\":\"a\"}]} | messages[0].role | 400",
        "{\"messages\":[{\"role\":\"tool\",\"content\":\"a\"}]} | messages[0].tool_call_id | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]} | messages[0].content[0].type | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"temperature\":3} | temperature | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"top_p\":2} | top_p | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"max_tokens\":0} | max_tokens | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"top_logprobs\":3} | top_logprobs | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"logprobs\":true,\"top_logprobs\":21} | top_logprobs | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"logprobs\":5} | logprobs | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"logit_bias\":{\"7\":101}} | logit_bias | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"logit_bias\":{\"x\":1}} | logit_bias | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"logit_bias\":[1]} | logit_bias | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"presence_penalty\":3} | presence_penalty | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"frequency_penalty\":-3} | frequency_penalty | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"repetition_penalty\":0} | repetition_penalty | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"typical_p\":2} | typical_p | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"stop\":[5]} | stop | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"n\":2} | n | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"tools\":[{}]} | tools[0].function | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"tools\":[{\"function\":{\"name\":\"f\"}}]} | tools | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"stream\":\"yes\"} | stream | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"model\":\"gpt\"} | model | 404",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"palimpsest\":{\"x\":1}} | palimpsest.x | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"grammar\":\"root ::= x\"} | grammar | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"grammar\":5} | grammar | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"palimpsest\":{\"choices\":[]}} | palimpsest.choices | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"palimpsest\":{\"choices\":[1]}} | palimpsest.choices | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"palimpsest\":{\"choices\":\"a\"}} | palimpsest.choices | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"grammar\":\"root ::= [a]\",\"palimpsest\":{\"choices\":[\"a\"]}} | grammar | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"grammar\":\"root ::= [a]\",\"response_format\":{\"type\":\"json_object\"}} | response_format | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"response_format\":{\"type\":\"xml\"}} | response_format.type | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"response_format\":{\"type\":\"json_schema\"}} | response_format.json_schema | 400",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"string\",\"pattern\":\"a\"}}}} | response_format.json_schema.schema | 400"
      })
  void whatIsWrongIsToldInTheDialect(String body, String param, int status) {
    Response answer = json(body).post(CHAT);
    assertEquals(status, answer.statusCode(), answer.asString());
    assertEquals(param, answer.path("error.param"), answer.asString());
    assertEquals("invalid_request_error", answer.path("error.type"));
    assertTrue(answer.<String>path("error.message").contains(param), answer.asString());
  }

  @Test
  void aPastThatDoesNotFitIsToldAsClientsKnowIt() {
    List<Map<String, String>> messages = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      messages.add(Map.of("role", "user", "content", "a long sentence about nothing at all"));
      messages.add(Map.of("role", "assistant", "content", "yes, indeed, nothing at all"));
    }
    messages.add(Map.of("role", "user", "content", "And now?"));
    assertError(
        json(Map.of("messages", messages, "max_tokens", 5)).post(CHAT),
        400,
        "context_length_exceeded");
    Response streamed =
        json(Map.of("messages", messages, "max_tokens", 5, "stream", true)).post(CHAT);
    assertTrue(streamed.asString().contains("context_length_exceeded"), streamed.asString());
  }

  @Test
  void brokenBodiesAreToldToo() {
    assertError(json("{\"messages\":").post(CHAT), 400, "malformed_json");
    assertError(json("[]").post(CHAT), 400, "malformed_json");
  }

  private static void assertError(Response answer, int status, String code) {
    assertEquals(status, answer.statusCode(), answer.asString());
    assertEquals(code, answer.path("error.code"), answer.asString());
  }

  private static int turns(String session) {
    return (int)
        Calls.events(session).getList("events.type").stream().filter("user_said"::equals).count();
  }

  private static String content(JsonPath chat) {
    return chat.getString("choices[0].message.content");
  }

  private static Response ask(Map<String, ?> options) {
    return json(body(options)).post(CHAT);
  }

  private static Map<String, Object> body(Map<String, ?> options) {
    Map<String, Object> body = new HashMap<>(options);
    body.put("messages", HISTORY);
    body.putIfAbsent("palimpsest", Map.of("recall", "none"));
    return body;
  }
}
