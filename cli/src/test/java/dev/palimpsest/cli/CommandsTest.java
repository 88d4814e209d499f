package dev.palimpsest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CommandsTest {
  private final ScriptedService server = new ScriptedService();
  private final Desk desk = new Desk().environment("PALIMPSEST_URL", server.url());

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Test
  void pipedChatPrintsTheGoldenTranscript() {
    server.onSocket(ServedTurns.saying("Hello", ", \\u001b[31mred", "\\nand bye."));
    server.on(
        "GET /v1/sessions/ses_1/events",
        200,
        "{'events':[{'number':1,'turn':'trn_1','at':'2026-01-02T03:04:05Z','type':'user_said',"
            + "'text':'Hi\\u0007'}],'last':1}");
    server.on("POST /v1/sessions/ses_1/fork", 201, "{'id':'ses_2'}");
    int exit =
        desk.input(
                """
                Hi

                /help
                /session
                /events
                /events x
                /fork
                /fork x
                /memory
                /context
                /why
                /nonsense
                //slash
                /quit
                never said
                """)
            .run("chat");
    assertEquals(0, exit);
    String transcript =
        "--- standard output\n"
            + desk.out()
            + "--- standard error\n"
            + desk.err().replace(server.url(), "http://127.0.0.1:8077");
    assertEquals(
        golden("piped-chat.txt"), transcript.replace(server.url(), "http://127.0.0.1:8077"));
  }

  @Test
  void helpListsOnlyWhatExists() {
    server.onSocket(ServedTurns.saying("x"));
    assertEquals(0, desk.input("/help\n").run("chat"));
    for (String missing : new String[] {"/context", "/why"}) {
      assertFalse(desk.out().contains(missing), desk.out());
    }
  }

  @Test
  void anAnswerShowsWhatItQuotesAndMemoryWhatWasRecalled() {
    String mara =
        "'happened_at':'2023-03-05T23:00:00Z','speaker':'Mara','source':'chat\\u001b.jsonl'";
    String tom = "'happened_at':null,'speaker':null,'source':'api'";
    server.onSocket(
        new ServedTurns(turn ->
            java.util.List.of(
                "'type':'recall.done','turn':'" + turn + "','hits':[]}",
                "'type':'output.delta','turn':'" + turn + "','text':'Oslo'}",
                "'type':'turn.done','turn':'"
                    + turn
                    + "','status':'done','usage':{},'citations':[{"
                    + "'start':0,'end':4,'memory':'mem_1','quote':'Oslo',"
                    + mara
                    + "}],'recalled':["
                    + "{'id':'mem_1','text':'I moved\\nto Oslo.',"
                    + mara
                    + ",'score':2},"
                    + "{'id':'mem_2','text':'Tea.',"
                    + tom
                    + ",'score':1}]}")));
    assertEquals(0, desk.input("/memory\nWhere?\n/memory\n").run("chat"));
    assertEquals(
        """
        Nothing was remembered for the last answer.
        Oslo
        “I moved to Oslo.” Mara, 5 March 2023 (chat␛.jsonl)
        “Tea.” (api)
        """,
        desk.out());
    assertTrue(desk.err().contains("  “Oslo” Mara, 5 March 2023 (chat␛.jsonl)\n"), desk.err());
  }

  @Test
  void pipedChatWithATurnThatFailsExitsWithOne() {
    server.onSocket(
        new ServedTurns(turn ->
            java.util.List.of(
                "'type':'turn.failed','turn':'"
                    + turn
                    + "','problem':{'title':'There is no model','status':503,"
                    + "'detail':'start with \\u001b[1m--model'}}")));
    assertEquals(1, desk.input("Hi\n").run("chat"));
    assertEquals("", desk.out());
    assertTrue(
        desk.err().contains("There is no model (503)\n  start with ␛[1m--model\n"), desk.err());
  }

  @Test
  void lineBeyondTheLimitIsRefusedWithItsNumber() {
    server.onSocket(ServedTurns.saying("x"));
    String longest = "y".repeat(PipedInput.LINE_CHARS_MAX);
    assertEquals(0, desk.input(longest + "\n").run("chat"));
    assertEquals(3, desk.input("Hi\n" + longest + "y\n").run("chat"));
    assertTrue(desk.err().contains("Line 2 of the input is longer than"), desk.err());
  }

  @Test
  void chatContinuesANamedSession() {
    server.onSocket(ServedTurns.saying("x"));
    assertEquals(0, desk.input("Hi\n").run("chat", "--session", "ses_1"));
    assertEquals("GET", server.requests().getFirst().method());
    assertEquals(1, desk.run("chat", "--session", "no such/one"));
    assertEquals("/v1/sessions/no%20such%2Fone", server.requests().getLast().path());
    assertTrue(desk.err().contains("There is no such thing (404)"), desk.err());
  }

  @Test
  void serviceWithoutAModelIsSaidBeforeTheFirstQuestion() {
    server.on("POST /v1/sessions", 201, "{'id':'ses_1','model':null}");
    server.on("GET /v1/models", 200, "{'data':[]}");
    server.onSocket(ServedTurns.saying("x"));
    assertEquals(0, desk.run("chat"));
    assertTrue(desk.err().contains("--model FILE"), desk.err());
  }

  @Test
  void absentServiceIsNamedAndExitsWithThree() throws IOException {
    int port;
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = probe.getLocalPort();
    }
    String url = "http://127.0.0.1:" + port;
    for (String[] command :
        new String[][] {
          {"chat"},
          {"key", "list"},
          {"search", "x"},
          {"bench", "session", "--turns", "5"},
          {"bench", "retrieval"}
        }) {
      Desk alone = new Desk().environment("PALIMPSEST_PORT", Integer.toString(port));
      assertEquals(3, alone.run(command));
      assertEquals(
          "No service answers at "
              + url
              + " (connection refused). Start one with ./palimpsest run, or name another with"
              + " --url or PALIMPSEST_URL.\n",
          alone.err());
    }
  }

  @Test
  void missingAndWrongKeysNameTheVariable() {
    server.on("GET /v1/keys", 401, "{'title':'A valid key is needed','status':401}");
    assertEquals(3, desk.run("key", "list"));
    assertTrue(desk.err().contains("wants a key: set PALIMPSEST_KEY"), desk.err());
    assertEquals(3, desk.environment("PALIMPSEST_KEY", "plp_1").run("key", "list"));
    assertTrue(desk.err().contains("does not accept the key"), desk.err());
    assertEquals(Optional.of("Bearer plp_1"), server.requests().getLast().authorization());
  }

  @Test
  void problemShowsTitleDetailAndFields() {
    server.on(
        "POST /v1/keys",
        400,
        "{'type':'about:blank','title':'The request is not valid','status':400,'detail':'1 field',"
            + "'errors':[{'field':'name','detail':'is \\u001b[5mtoo long'},{'pointer':'#/user'}]}");
    assertEquals(1, desk.run("key", "create"));
    assertEquals(
        """
        The request is not valid (400)
          1 field
          - name: is ␛[5mtoo long
          - #/user
        """,
        desk.err());
  }

  @Test
  void foreignServerIsRecognised() {
    server.on("GET /v1/keys", 200, "<html>");
    assertEquals(3, desk.run("key", "list"));
    server.on("GET /v1/keys", 502, "<html>");
    assertEquals(3, desk.run("key", "list"));
    assertEquals(2, desk.err().lines().filter(l -> l.endsWith("a Palimpsest service?")).count());
  }

  @Test
  void createdKeyIsAloneOnStandardOutput() {
    server.on(
        "POST /v1/keys",
        201,
        "{'id':'key_1','name':'ci','rights':['read'],'user':'ada','created_at':'2026-01-02',"
            + "'key':'plp_secret'}");
    assertEquals(
        0, desk.run("key", "create", "--name", "ci", "--rights", "read,read", "--user", "ada"));
    assertEquals("plp_secret\n", desk.out());
    assertTrue(desk.err().contains("key_1  ci    read    ada   2026-01-02"), desk.err());
    assertEquals(
        "{\"name\":\"ci\",\"rights\":[\"read\"],\"user\":\"ada\"}",
        server.requests().getLast().body());
  }

  @Test
  void keysAreListedAndRevoked() {
    server.on(
        "GET /v1/keys",
        200,
        "{'data':[{'id':'key_1','name':'a','rights':['read','write'],'user':null,"
            + "'created_at':'2026-01-02'}],'next':null}");
    server.on("DELETE /v1/keys/key_1", 204, "");
    assertEquals(0, desk.run("key", "list"));
    assertEquals(
        """
        ID     NAME  RIGHTS      USER  CREATED
        key_1  a     read,write  -     2026-01-02
        """,
        desk.out());
    assertEquals(0, desk.run("key", "revoke", "key_1"));
    assertEquals(1, desk.run("key", "revoke", "key_2"));
  }

  @Test
  void wrongUseExitsWithTwo() {
    assertEquals(2, desk.run());
    assertEquals(2, desk.run("key"));
    assertEquals(2, desk.run("bench"));
    assertEquals(2, desk.run("chat", "--colour"));
    assertEquals(2, desk.run("chat", "surplus"));
    assertEquals(2, desk.run("key", "revoke"));
    assertEquals(2, desk.run("key", "create", "--rights", "own"));
    assertEquals(2, desk.run("bench", "session", "--turns", "4"));
    assertEquals(2, desk.run("bench", "session", "--turns", "10001"));
    assertEquals(2, desk.run("chat", "--url", "ftp://x"));
    assertEquals(2, desk.run("chat", "--key", "a\nb"));
    assertEquals(2, new Desk().environment("PALIMPSEST_PORT", "http").run("chat"));
    assertEquals(2, new Desk().environment("PALIMPSEST_PORT", "70000").run("chat"));
  }

  @Test
  void everyCommandHasHelp() {
    for (String command : new String[] {"", "chat", "import", "search", "key", "bench"}) {
      Desk asked = new Desk();
      assertEquals(0, asked.run((command + " --help").strip().split(" ")), command);
      assertTrue(asked.out().contains("Usage: ./palimpsest"), asked.out());
    }
    for (String command :
        List.of(
            "key create",
            "key list",
            "key revoke",
            "bench session",
            "bench memory",
            "bench retrieval")) {
      Desk asked = new Desk();
      assertEquals(0, asked.run((command + " --help").split(" ")), command);
      assertTrue(asked.out().contains("Usage: ./palimpsest " + command), asked.out());
    }
  }

  @Test
  void benchmarkEndsWithItsTable() {
    server.onSocket(ServedTurns.saying("a", "b", "c"));
    assertEquals(0, desk.run("bench", "session", "--turns", "5"));
    String[] lines = desk.out().lines().toArray(String[]::new);
    assertEquals(8, lines.length, desk.out());
    assertTrue(lines[0].startsWith("per turn, 5 turns"), lines[0]);
    assertTrue(
        lines[2].matches("turn outside the model, service \\(ms\\) +10.00 +10.00..10.00"),
        lines[2]);
    assertTrue(
        lines[6].matches("tokens per second in the model +100.00 +100.00..100.00"), lines[6]);
    assertTrue(lines[7].matches("load average, before..after +0.50..0.50"), lines[7]);
    assertEquals("DELETE", server.requests().getLast().method());
  }

  @Test
  void benchmarkReportsEvenWhereItsSessionCannotBeErased() {
    server.onSocket(ServedTurns.saying("a"));
    server.on("DELETE /v1/sessions/ses_1", 405, "{'title':'This method is not allowed here'}");
    assertEquals(0, desk.run("bench", "session", "--turns", "5"));
    assertTrue(desk.out().contains("load average"), desk.out());
    assertTrue(desk.err().contains("Session ses_1 stays: This method is not"), desk.err());
  }

  @Test
  void benchmarkSpeaksJson() {
    server.onSocket(ServedTurns.saying("a"));
    assertEquals(0, desk.run("bench", "session", "--turns", "5", "--json"));
    var json = Json.parse(desk.out()).orElseThrow();
    assertEquals(5, json.path("turns").asInt());
    assertEquals(10, json.path("outside_model_service_ms").path("median").asDouble());
    assertEquals(0.5, json.path("load_before").asDouble());
  }

  @Test
  void benchmarkWithoutTheModelsTimeSaysSo() {
    server.onSocket(
        new ServedTurns(turn ->
            java.util.List.of("'type':'turn.done','turn':'" + turn + "','usage':{'total_ms':3}}")));
    assertEquals(3, desk.run("bench", "session", "--turns", "5"));
    assertTrue(desk.err().contains("usage.model_ms"), desk.err());
  }

  private static String golden(String name) {
    try (InputStream file = CommandsTest.class.getResourceAsStream("/transcripts/" + name)) {
      return file == null ? "(missing)" : new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
