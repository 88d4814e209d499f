package dev.palimpsest.memory.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.memory.session.TurnEvent.Answered;
import dev.palimpsest.memory.session.TurnEvent.Planned;
import dev.palimpsest.memory.session.TurnEvent.Recalled;
import dev.palimpsest.memory.session.TurnEvent.ToolAnswered;
import dev.palimpsest.memory.session.TurnEvent.ToolCalled;
import dev.palimpsest.memory.session.TurnEvent.TurnFailed;
import dev.palimpsest.memory.session.TurnEvent.UserSaid;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Events as they are written down, and what is refused when it is read. */
final class TurnEventCodecTest {
  private static final int MUTATIONS = Integer.getInteger("iterations", 20_000);
  private static final String HOSTILE = "{}[]\",:0-9.eE\\utrfalsen \0\uD800";

  private final TurnEventCodec codec = new TurnEventCodec();

  @Test
  void eventsAreWrittenAsTheGoldenFileSays() throws IOException {
    List<String> written = new ArrayList<>();
    for (TurnEvent event : events()) {
      written.add(codec.type(event) + " " + codec.version(event) + " " + codec.encode(event));
    }
    assertEquals(golden(), written);
  }

  @Test
  void goldenFileIsReadAsTheEventsItWasMadeFrom() throws IOException {
    List<TurnEvent> read = new ArrayList<>();
    for (String line : golden()) {
      String[] parts = line.split(" ", 3);
      read.add(codec.decode(parts[0], Integer.parseInt(parts[1]), parts[2]));
    }
    assertEquals(events(), read);
  }

  @Test
  void whatEarlierVersionsWroteIsReadAsWhatItMeantThen() throws IOException {
    List<TurnEvent> read = new ArrayList<>();
    for (String line : lines("turn-events-1.txt")) {
      String[] parts = line.split(" ", 3);
      assertEquals("1", parts[1]);
      read.add(codec.decode(parts[0], 1, parts[2]));
    }
    assertEquals(
        eventsWithoutMemories().stream().map(TurnEventCodecTest::withoutPins).toList(), read);
  }

  private static TurnEvent withoutPins(TurnEvent event) {
    return event instanceof Planned planned
        ? new Planned(
            planned.modelFingerprint(),
            planned.templateFingerprint(),
            planned.promptTokens(),
            planned.turnsKept(),
            planned.turnsDropped(),
            planned.memoriesKept(),
            planned.memoriesDropped(),
            null)
        : event;
  }

  @Test
  void whatTheSecondVersionWroteIsReadAsWhatItMeantThen() throws IOException {
    List<TurnEvent> read = new ArrayList<>();
    for (String line : lines("turn-events-2.txt")) {
      String[] parts = line.split(" ", 3);
      assertEquals("2", parts[1]);
      read.add(codec.decode(parts[0], 2, parts[2]));
    }
    assertEquals(
        eventsWithoutShaping().stream()
            .filter(event -> event instanceof UserSaid || event instanceof Answered)
            .toList(),
        read);
  }

  @Test
  void whatTheThirdVersionWroteIsReadAsWhatItMeantThen() throws IOException {
    List<TurnEvent> read = new ArrayList<>();
    for (String line : lines("turn-events-3.txt")) {
      String[] parts = line.split(" ", 3);
      assertEquals("3", parts[1]);
      read.add(codec.decode(parts[0], 3, parts[2]));
    }
    assertEquals(
        events(null, null, null).stream()
            .filter(event -> event instanceof UserSaid || event instanceof Answered)
            .toList(),
        read);
  }

  @Test
  void whatTheFourthVersionWroteIsReadAsWhatItMeantThen() throws IOException {
    List<TurnEvent> read = new ArrayList<>();
    for (String line : lines("turn-events-4.txt")) {
      String[] parts = line.split(" ", 3);
      assertEquals("4", parts[1]);
      read.add(codec.decode(parts[0], 4, parts[2]));
    }
    assertEquals(
        events(4, 0.75, null).stream().filter(event -> event instanceof UserSaid).toList(), read);
  }

  @Test
  void whatTheFirstVersionWroteOfToolsIsReadAsWhatItMeantThen() throws IOException {
    List<TurnEvent> read = new ArrayList<>();
    for (String line : lines("turn-events-tools-1.txt")) {
      String[] parts = line.split(" ", 3);
      read.add(codec.decode(parts[0], 1, parts[2]));
    }
    List<TurnEvent> tools =
        events().stream()
            .filter(event -> event instanceof ToolCalled || event instanceof ToolAnswered)
            .toList();
    assertEquals(tools.subList(0, 4), read);
  }

  @Test
  void whatEarlierVersionsWroteOfPlansSaysNothingOfTools() throws IOException {
    for (String line : lines("turn-events-plans-2.txt")) {
      String[] parts = line.split(" ", 3);
      Planned read = (Planned) codec.decode(parts[0], Integer.parseInt(parts[1]), parts[2]);
      assertNull(read.tools());
      assertEquals(line.replace("planned 2", "planned 3"), "planned 3 " + codec.encode(read));
    }
  }

  @Test
  void whatIsNotOursIsRefusedNamingWhatIsWrong() {
    refused("user_heard", 1, "{}", "unknown event");
    refused("turn_failed", 2, "{}", "another version");
    refused("user_said", 6, "{}", "another version");
    refused("planned", 4, "{}", "another version");
    refused("tool_called", 3, "{}", "another version");
    refused("tool_answered", 3, "{}", "another version");
    String answered =
        "{\"call\":\"c\",\"error\":false,\"text\":\"four\",\"characters_left\":0,\"found\":[],"
            + "\"millis\":1,\"head\":3,\"tail\":%s}";
    refused("tool_answered", 1, answered.formatted("1"), "head is no member");
    refused("tool_answered", 2, answered.formatted("2"), "parts of the text");
    refused("tool_answered", 2, answered.formatted("-1"), "parts of the text");
    refused("tool_answered", 1, "{\"call\":\"c\",\"error\":1}", "error is of another type");
    refused("planned", 0, "{}", "another version");
    refused("compacted", 2, "{}", "another version");
    refused("expanded", 1, "{\"compaction\":\"trn_1\"}", "a compaction id is");
    String window =
        "{\"compaction\":\"cmp_1\",\"policy\":\"p\",\"ratio\":%s,\"turns\":[%s],\"exact_tokens\":0,"
            + "\"tokens_before\":%s,\"tokens_after\":0,\"bytes_before\":0,\"bytes_after\":0%s}";
    refused("compacted", 1, window.formatted("0.5", "", "1", ""), "ratio is 0.5");
    refused("compacted", 1, window.formatted("1", "\"trn_1\",\"trn_1\"", "1", ""), "once");
    refused("compacted", 1, window.formatted("1", "", "-1", ""), "at least 0");
    String heldOut = ",\"held_out\":{\"log_mass\":%s,\"output\":0%s}";
    refused(
        "compacted", 1, window.formatted("1", "", "1", heldOut.formatted("1e999", "")), "finite");
    refused(
        "compacted",
        1,
        window.formatted("1", "", "1", heldOut.formatted("0", ",\"a\":1")),
        "no member");
    refused("turn_failed", 1, "[]", "no JSON object");
    refused("turn_failed", 1, "", "no JSON object");
    refused("turn_failed", 1, "{\"type\":\"limit\"}", "detail is missing");
    refused("turn_failed", 1, "{\"type\":\"lost\",\"detail\":\"x\"}", "type is not a failure");
    refused("turn_failed", 1, "{\"type\":1,\"detail\":\"x\"}", "type is of another type");
    refused("turn_failed", 1, "{\"type\":null,\"detail\":\"x\"}", "type is VALUE_NULL");
    refused("turn_failed", 1, "{\"type\":\"limit\",\"detail\":\"x\",\"a\":1}", "a is no member");
    refused(
        "turn_failed", 1, "{\"type\":\"limit\",\"detail\":\"x\",\"detail\":\"y\"}", "Duplicate");
    refused("turn_failed", 1, "{\"type\":\"limit\",\"detail\":\"x\"} {}", "goes on");
    refused("turn_failed", 1, "{\"type\":\"limit\",\"detail\":\"\\u0000\"}", "NUL");
    refused("turn_failed", 1, "{\"type\":\"limit\",\"detail\":\"\\ud800\"}", "surrogate");
    refused("turn_failed", 1, "{\"type\":{\"a\":{\"b\":{\"c\":1}}}}", "nesting depth");
    String planned = "{\"model_fingerprint\":\"m\",\"prompt_tokens\":%s,\"turns_kept\":%s,";
    refused("planned", 1, planned.formatted("1", "[2,1]") + "\"turns_dropped\":0}", "rising");
    refused("planned", 1, planned.formatted("1", "[1,\"2\"]") + "\"turns_dropped\":0}", "whole");
    refused("planned", 1, planned.formatted("1", "[1.5]") + "\"turns_dropped\":0}", "whole");
    refused("planned", 1, planned.formatted("4294967297", "[]") + "\"turns_dropped\":0}", "32 bit");
    refused("planned", 1, planned.formatted("1e99", "[]") + "\"turns_dropped\":0}", "another type");
    refused(
        "planned", 1, planned.formatted("9".repeat(30), "[]") + "\"turns_dropped\":0}", "range");
    String v1 = planned.formatted("1", "[1]") + "\"turns_dropped\":0";
    refused("planned", 1, v1 + ",\"memories_kept\":[],\"memories_dropped\":0}", "no member");
    refused("planned", 2, v1 + "}", "memories_kept is missing");
    refused("planned", 2, v1 + ",\"memories_kept\":[1],\"memories_dropped\":0}", "texts");
    refused("planned", 2, v1 + ",\"memories_kept\":[\"x\"],\"memories_dropped\":0}", "memory id");
    String shaped =
        "{\"text\":\"x\",\"seed\":1,\"sampling\":{\"typical_p\":0.5},\"output_tokens_max\":1,"
            + "\"recall\":\"none\"}";
    refused("user_said", 2, shaped, "typical_p is no member");
    refused("user_said", 3, shaped.replace("0.5", "1.5"), "typical_p is 1.5");
    String biased =
        "{\"text\":\"x\",\"seed\":1,\"sampling\":{},\"output_tokens_max\":1,"
            + "\"logit_bias\":[{\"token\":1,\"bias\":101}],\"recall\":\"none\"}";
    refused("user_said", 3, biased, "logit_bias is 101");
    String best = shaped.replace("typical_p\":0.5", "best_of\":17");
    refused("user_said", 4, best, "best_of is 17");
    refused("user_said", 3, best, "best_of is no member");
    refused("user_said", 2, biased, "logit_bias is no member");
    String past = shaped.replace("\"none\"}", "\"none\",\"as_of\":\"%s\"}");
    refused("user_said", 5, past.formatted("yesterday"), "as_of is no time");
    refused("user_said", 4, past.formatted("2026-05-03T12:00:00Z"), "as_of is no member");
    String found =
        "{\"query\":\"q\",\"found\":%s,\"searched_up_to\":1,\"lagging\":%s,\"millis\":1}";
    refused("recalled", 1, found.formatted("[1]", "true"), "objects");
    refused("recalled", 1, found.formatted("[]", "1"), "lagging is of another type");
    refused("recalled", 1, found.formatted("[{}]", "true"), "found[0].memory is missing");
    String one = "[{\"memory\":\"mem_1\",\"version\":%s,\"score\":%s}]";
    refused("recalled", 1, found.formatted(one.formatted("0", "1"), "true"), "version counts");
    refused("recalled", 1, found.formatted(one.formatted("1", "1e999"), "true"), "finite");
    refused("recalled", 1, found.formatted(one.formatted("1", "1,\"a\":1"), "true"), "no member");
  }

  @Test
  void textsAreReadUpToTheirLimitAndNotBeyond() {
    String longest = "x".repeat(TurnEvent.TEXT_CHARACTERS_MAX);
    UserSaid event = new UserSaid(longest, null, 1, SamplingOptions.NONE, 1);
    String body = codec.encode(event);
    assertEquals(event, codec.decode("user_said", 2, body));
    refused("user_said", 2, body.replace("\"text\":\"", "\"text\":\"x"), "");
  }

  /** Every mutation is read as an event that writes itself back, or refused with its reason. */
  @Test
  void mutatedBodiesAreReadOrRefusedAndNeverAnythingElse() throws IOException {
    long seed = Long.getLong("seed", 20260301);
    System.out.println("mutatedBodiesAreReadOrRefused: -Dseed=" + seed);
    Random random = new Random(seed);
    List<String> lines = new ArrayList<>(golden());
    lines.addAll(lines("turn-events-1.txt"));
    int refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      String[] parts = lines.get(random.nextInt(lines.size())).split(" ", 3);
      String body = mutated(parts[2], random);
      try {
        TurnEvent event = codec.decode(parts[0], Integer.parseInt(parts[1]), body);
        assertEquals(event, codec.decode(parts[0], codec.version(event), codec.encode(event)));
      } catch (MemoryStoreException e) {
        String start = "read event " + parts[0] + " v" + parts[1] + ": ";
        assertTrue(String.valueOf(e.getMessage()).startsWith(start), e.getMessage());
        refused++;
      }
    }
    assertTrue(refused > MUTATIONS / 2, refused + " refused");
  }

  private static String mutated(String body, Random random) {
    StringBuilder mutated = new StringBuilder(body);
    for (int n = 1 + random.nextInt(3); n > 0 && !mutated.isEmpty(); n--) {
      int at = random.nextInt(mutated.length());
      switch (random.nextInt(4)) {
        case 0 -> mutated.deleteCharAt(at);
        case 1 -> mutated.setCharAt(at, (char) random.nextInt(128));
        case 2 -> mutated.insert(at, HOSTILE.charAt(random.nextInt(HOSTILE.length())));
        default -> mutated.setLength(at);
      }
    }
    return mutated.toString();
  }

  private void refused(String type, int version, String body, String reason) {
    MemoryStoreException refusal =
        assertThrows(MemoryStoreException.class, () -> codec.decode(type, version, body));
    String message = String.valueOf(refusal.getMessage());
    assertTrue(message.contains(reason), message);
    assertTrue(message.startsWith("read event " + type + " v" + version), message);
  }

  private static List<TurnEvent> events() {
    return events(4, 0.75, Instant.parse("2026-05-03T12:00:00.000001Z"));
  }

  private static List<TurnEvent> events(
      @Nullable Integer bestOf, @Nullable Double probability, @Nullable Instant asOf) {
    List<TurnEvent> events = new ArrayList<>(eventsWithoutShaping());
    Shaping shaping =
        new Shaping(
            0.9,
            true,
            1.1,
            -2.0,
            0.25,
            List.of(new Shaping.TokenBias(7, -100), new Shaping.TokenBias(0, 0.5)),
            bestOf);
    SamplingOptions sampling = new SamplingOptions(null, null, null, null, 9L, shaping);
    Usage usage = new Usage(1, 0, 1, 2, 3, 4, 4);
    events.addAll(
        List.of(
            new UserSaid(
                "x",
                null,
                3,
                sampling,
                64,
                RecallChoice.NONE,
                null,
                List.of(),
                List.of("."),
                "{\"type\":\"object\"}",
                asOf),
            new Answered(
                "Hi.",
                Finish.STOP,
                usage,
                false,
                List.of(),
                List.of(),
                new Confidence(
                    2,
                    -0.5,
                    -0.75,
                    1.25,
                    1.5,
                    new Confidence.Spilled(1, -0.25, -0.25, -0.25),
                    probability)),
            new Answered(
                "Hi.",
                Finish.STOP,
                usage,
                false,
                List.of(),
                List.of(),
                new Confidence(1, 0, 0, 0, 0, null, null)),
            new ToolCalled(
                "call-1",
                "send",
                "{\"to\":\"Mara\"}",
                "trn_1-1-ab",
                false,
                null,
                "I will write to her.",
                List.of(new MemoryId("mem_mara")),
                usage),
            new ToolCalled("call-2", "", "{", "trn_1-2-cd", true, "No JSON.", "", List.of(), usage),
            new ToolAnswered("call-1", false, "sent", 5, List.of(), 12),
            new ToolAnswered(
                "call-2",
                true,
                "",
                0,
                List.of(new Recalled.Found(new MemoryId("mem_tom"), 1, 0.5)),
                0),
            new ToolCalled(
                "call-3", "ask", "{}", "trn_1-3-ef", false, null, "", List.of(), usage, 600),
            new ToolAnswered("call-3", false, "from the first to the last", 0, List.of(), 9, 4, 3),
            planned(List.of(new ToolPin("send", "0f".repeat(32)))),
            planned(null)));
    CompactionId compaction = new CompactionId("cmp_01");
    WindowChange.Saved saved = new WindowChange.Saved(12, 340, 34, 1 << 20, 104_448);
    events.add(
        new WindowChange.Compacted(
            compaction,
            "matching",
            10,
            List.of(new TurnId("trn_2"), new TurnId("trn_1")),
            saved,
            new WindowChange.HeldOut(0.25, 0.5)));
    events.add(new WindowChange.Compacted(compaction, "recent", 1, List.of(), saved, null));
    events.add(new WindowChange.Expanded(compaction, saved.undone()));
    return events;
  }

  private static Planned planned(@Nullable List<ToolPin> tools) {
    return new Planned("sha256:aa", null, 90, List.of(1L), 0, List.of(), 0, tools);
  }

  /** As the second version of this program could write them. */
  private static List<TurnEvent> eventsWithoutShaping() {
    List<TurnEvent> events = new ArrayList<>(eventsWithoutMemories());
    Usage usage = new Usage(812, 512, 300, 4, 35, 120, 80);
    MemoryId mara = new MemoryId("mem_mara");
    MemoryId tom = new MemoryId("mem_tom");
    events.addAll(
        List.of(
            new UserSaid(
                "Where does Mara live?",
                null,
                3,
                SamplingOptions.NONE,
                64,
                RecallChoice.HYBRID,
                null),
            new UserSaid("x", null, 3, SamplingOptions.NONE, 64, RecallChoice.HYBRID, true),
            new Recalled(
                "Where does Mara live?",
                List.of(new Recalled.Found(mara, 2, 0.75), new Recalled.Found(tom, 1, -1e-9)),
                17,
                true,
                12,
                null),
            new Recalled("", List.of(), 0, false, 0, "Memory does not answer."),
            new Planned(
                "sha256:aa", null, 90, List.of(1L, 5L), 2, List.of(tom, mara), 1, List.of()),
            new Answered(
                "Oslo, as a potter",
                Finish.STOP,
                usage,
                true,
                List.of(new Quote(0, 4, mara, 2, 11, 15), new Quote(6, 17, tom, 1, 11, 22)),
                List.of(new MemoryId("mem_gone")))));
    return events;
  }

  /** As the first version of this program could write them. */
  private static List<TurnEvent> eventsWithoutMemories() {
    Usage usage = new Usage(812, 512, 300, 4, 35, 120, 80);
    SamplingOptions sampling = new SamplingOptions(0.7, 40, 0.95, 0.05, 42L);
    return List.of(
        new UserSaid("Hello, \"world\" \\ \n€🧪", "c-1", Long.MIN_VALUE, sampling, 256),
        new UserSaid("", null, 0, SamplingOptions.NONE, 1),
        new Planned("sha256:aa", "sha256:bb", 812, List.of(1L, 4L, Long.MAX_VALUE), 3),
        new Planned("sha256:aa", null, 1, List.of(), 0),
        new Answered("Once upon a time", Finish.STOP, usage),
        new Answered("", Finish.LENGTH, new Usage(0, 0, 0, 0, 0, 0, 0)),
        new TurnFailed(FailureType.INTERRUPTED, "The service ended."),
        new TurnFailed(FailureType.CANCELLED, ""),
        new TurnFailed(FailureType.MODEL_FAILED, "x"),
        new TurnFailed(FailureType.MODEL_MISSING, "x"),
        new TurnFailed(FailureType.CONTEXT_TOO_LARGE, "x"),
        new TurnFailed(FailureType.LIMIT, "x"));
  }

  private static List<String> golden() throws IOException {
    return lines("turn-events.txt");
  }

  private static List<String> lines(String file) throws IOException {
    try (InputStream in = TurnEventCodecTest.class.getResourceAsStream(file)) {
      byte[] bytes = Objects.requireNonNull(in).readAllBytes();
      return new String(bytes, StandardCharsets.UTF_8).lines().toList();
    }
  }
}
