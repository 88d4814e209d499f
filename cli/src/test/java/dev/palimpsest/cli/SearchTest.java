package dev.palimpsest.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SearchTest {
  private static final String FOUND =
      "{'hits':[{'memory':{'id':'mem_1','text':'I moved to Oslo, and the boxes\\u001b[2J are still"
          + " in the hall.','happened_at':'2023-03-05T23:30:00Z','speaker':'Mara','source':'talk'},"
          + "'score':0.03254,'explanation':[{'signal':'words','share':0.0164,'detail':'rank 1:"
          + " oslo'},{'signal':'meaning','share':0.01614,'detail':'rank 2'}]},"
          + "{'memory':{'id':'mem_2','text':'No time.','happened_at':null,'speaker':null,"
          + "'source':'talk'},'score':0.01,'explanation':[]}],'trace_id':'trc_1','lagging':false}";

  private final ScriptedService server = new ScriptedService();
  private final Desk desk =
      new Desk().environment("PALIMPSEST_URL", server.url()).environment("COLUMNS", "44");

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Test
  void hitsAreAListWithDateSpeakerSourceAndScore() {
    server.on("POST /v1/memories/search", 200, FOUND);
    assertEquals(0, desk.run("search", "Where does Mara live?"));
    assertEquals(
        """
         1  5 March 2023 · Mara · talk · 0.0325
            I moved to Oslo, and the boxes␛[2J are
            still in the hall.
         2  talk · 0.0100
            No time.
        """,
        desk.out());
    assertEquals(
        "{\"query\":\"Where does Mara live?\",\"k\":10,\"mode\":\"hybrid\"}",
        server.requests().getLast().body());
  }

  @Test
  void explanationIsATableUnderEachHit() {
    server.on("POST /v1/memories/search", 200, FOUND);
    assertEquals(
        0,
        desk.run(
            "search",
            "--explain",
            "--mode=lexical",
            "--k=3",
            "--user=ada",
            "--as-of=2024-01-01T00:00:00Z",
            "--valid-at=2023-01-01T00:00:00Z",
            "oslo"));
    assertTrue(
        desk.out()
            .contains(
                """
                    SIGNAL   SHARE   WHY
                    words    0.0164  rank 1: oslo
                    meaning  0.0161  rank 2
                """),
        desk.out());
    assertEquals(
        "{\"query\":\"oslo\",\"k\":3,\"mode\":\"lexical\",\"scope\":{\"user\":\"ada\"},"
            + "\"as_of\":\"2024-01-01T00:00:00Z\",\"valid_at\":\"2023-01-01T00:00:00Z\","
            + "\"explain\":true}",
        server.requests().getLast().body());
  }

  @Test
  void nothingFoundAndALaggingIndexAreSaid() {
    server.on("POST /v1/memories/search", 200, "{'hits':[],'lagging':true}");
    assertEquals(0, desk.run("search", "oslo"));
    assertEquals("", desk.out());
    assertEquals(
        """
        Nothing was found.
        The index has not reached the newest memories yet; they may be missing.
        """,
        desk.err());
  }

  @Test
  void jsonIsTheServicesAnswer() {
    server.on("POST /v1/memories/search", 200, FOUND);
    assertEquals(0, desk.run("search", "--json", "oslo"));
    assertEquals(Json.parse(FOUND.replace('\'', '"')), Json.parse(desk.out()));
  }

  @Test
  void wrongUseExitsWithTwo() {
    assertEquals(2, desk.run("search"));
    assertEquals(2, desk.run("search", "--k", "0", "x"));
    assertEquals(2, desk.run("search", "--k", "201", "x"));
    assertEquals(List.of(), server.requests());
  }

  @Test
  void linesBreakBetweenWordsAndNeverBeyondTheWidth() {
    assertEquals(List.of("one two", "three"), Paragraph.lines("one two three", 7));
    assertEquals(List.of("", "a", "", "b"), Paragraph.lines("\na\n\nb", 7));
    assertEquals(List.of("ab", "cdefg", "hij k"), Paragraph.lines("ab cdefghij k", 5));
    assertEquals(List.of("😀😀", "😀"), Paragraph.lines("😀😀😀", 2));
    assertEquals(List.of(""), Paragraph.lines("", 2));
  }
}
