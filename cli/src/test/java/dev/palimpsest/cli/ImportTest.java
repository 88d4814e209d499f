package dev.palimpsest.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ImportTest {
  private static final long CREDIT = 1 << 20;

  @TempDir private Path folder;

  private final ScriptedService server = new ScriptedService();
  private final Desk desk = new Desk().environment("PALIMPSEST_URL", server.url());

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Test
  void fileArrivesWholeAndTheReportIsATable() throws IOException {
    ServedImports imports = served(new ServedImports(CREDIT));
    Path file = lines(3);
    assertEquals(0, desk.run("import", file.toString()));
    assertArrayEquals(Files.readAllBytes(file), imports.spooled());
    JsonNode start = imports.received().getFirst();
    assertEquals(
        "{\"type\":\"import.start\",\"format\":\"auto\",\"source\":\"talk.jsonl\","
            + "\"total_bytes\":"
            + Files.size(file)
            + "}",
        start.toString());
    String[] table = desk.out().lines().toArray(String[]::new);
    assertEquals(2, table.length, desk.out());
    assertTrue(
        table[1].matches("talk.jsonl +3 +3 +0 +0 +0 +[0-9.]+ +imp_1"), () -> "got " + table[1]);
    assertEquals("", desk.err());
  }

  @Test
  void optionsReachTheService() throws IOException {
    ServedImports imports = served(new ServedImports(CREDIT));
    Path file = lines(1);
    assertEquals(
        0,
        desk.run(
            "import",
            "--format=openai",
            "--source=chats",
            "--base-time=2024-01-01T00:00:00Z",
            "--user=ada",
            "--dry-run",
            file.toString()));
    assertEquals(
        "{\"type\":\"import.start\",\"format\":\"openai\",\"source\":\"chats\","
            + "\"base_time\":\"2024-01-01T00:00:00Z\",\"scope\":{\"user\":\"ada\"},"
            + "\"dry_run\":true,\"total_bytes\":"
            + Files.size(file)
            + "}",
        imports.received().getFirst().toString());
  }

  @Test
  void rejectedRecordsAreSaidAndExitWithOne() throws IOException {
    served(new ServedImports(CREDIT));
    Path file = write("one\n!two\nthree\n");
    assertEquals(1, desk.run("import", file.toString()));
    assertEquals(
        "talk.jsonl: record 2 (byte 4) rejected: invalid_json␛[2J\n", desk.err(), desk.err());
    assertTrue(desk.out().contains("talk.jsonl     3       2      0         1"), desk.out());
  }

  @Test
  void manyRejectionsAreCountedInsteadOfShown() throws IOException {
    served(new ServedImports(CREDIT));
    Path file = write("!\n".repeat(ImportScreen.REJECTIONS_SHOWN_MAX + 5));
    assertEquals(1, desk.run("import", file.toString()));
    assertEquals(ImportScreen.REJECTIONS_SHOWN_MAX + 1, desk.err().lines().count());
    assertTrue(desk.err().contains("5 more rejected; all of them are at GET /v1/imports/imp_1/"));
  }

  /** 400 kB are seven frames; with start and finish there are nine places to be cut at. */
  @Test
  void importGoesOnWhereverTheConnectionBreaks() throws IOException {
    Path file = lines(20_000);
    for (int every = 1; every <= 10; every++) {
      ServedImports imports = served(new ServedImports(CREDIT).cut(every, 1));
      Desk own = new Desk().environment("PALIMPSEST_URL", server.url());
      assertEquals(0, own.run("import", file.toString()), own.err());
      assertArrayEquals(Files.readAllBytes(file), imports.spooled(), "cut after " + every);
      assertEquals(List.of(), imports.faults(), "cut after " + every);
      assertTrue(own.out().contains("20000   20000      0"), own.out());
      assertEquals(1, imports.imports(), "cut after " + every);
      boolean wasCut = every < 10;
      assertEquals(wasCut, own.err().contains("the connection was lost; trying again"), own.err());
    }
  }

  @Test
  void manyCutsAreSurvivedAsLongAsThereIsProgress() throws IOException {
    Path file = lines(20_000);
    ServedImports imports = served(new ServedImports(CREDIT).cut(3, 9));
    assertEquals(0, desk.run("import", file.toString()), desk.err());
    assertArrayEquals(Files.readAllBytes(file), imports.spooled());
    assertEquals(5, server.sockets().size());
  }

  /** The end was told to a connection that is no more; told again, it is no contradiction. */
  @Test
  void importThatEndedDuringACutIsDone() throws IOException {
    ServedImports imports = served(new ServedImports(CREDIT).cutAtTheEnd());
    assertEquals(0, desk.run("import", lines(3).toString()), desk.err());
    assertEquals(1, imports.imports());
    assertTrue(desk.out().contains("imp_1"), desk.out());
  }

  @Test
  void bytesThatWereNotTakenAreSentAgain() throws IOException {
    ServedImports imports = new ServedImports(CREDIT);
    server.onSocket(
        new ScriptedService.Script() {
          private boolean refused;

          @Override
          public void connected(ScriptedService.Peer peer) {}

          @Override
          public void said(ScriptedService.Peer peer, JsonNode frame) {
            imports.said(peer, frame);
          }

          @Override
          public void heard(ScriptedService.Peer peer, byte[] bytes) {
            if (refused) {
              imports.heard(peer, bytes);
            } else {
              refused = true;
              peer.send(
                  "{'type':'error','problem':{'title':'Another connection','status':409},"
                      + "'in_reply_to':'binary'}");
            }
          }
        });
    Path file = lines(3);
    assertEquals(0, desk.run("import", file.toString()), desk.err());
    assertArrayEquals(Files.readAllBytes(file), imports.spooled());
    assertEquals(2, server.sockets().size());
  }

  @Test
  void creditCountsFromWhatIsAcknowledgedNotFromWhereItResumed() {
    ImportWindow window = new ImportWindow(1000);
    window.resume(300, 200);
    assertEquals(200, window.mayBeSent());
    window.add(200);
    assertEquals(0, window.mayBeSent());
    assertTrue(window.acknowledge(250, 400));
    assertEquals(150, window.mayBeSent());
    assertFalse(window.acknowledge(250, 100));
    assertEquals(0, window.mayBeSent());
    assertTrue(window.acknowledge(500, 5000));
    assertEquals(500, window.mayBeSent());
    assertThrows(CliException.class, () -> window.resume(1001, 1));
  }

  @Test
  void creditIsNeverOverdrawnHoweverSmall() throws IOException {
    Path file = lines(500);
    for (long credit : new long[] {40, 1000, ImportClient.CHUNK_BYTES + 1}) {
      ServedImports imports = served(new ServedImports(credit));
      Desk own = new Desk().environment("PALIMPSEST_URL", server.url());
      assertEquals(0, own.run("import", file.toString()), own.err());
      assertEquals(List.of(), imports.faults(), "credit " + credit);
      assertArrayEquals(Files.readAllBytes(file), imports.spooled(), "credit " + credit);
    }
  }

  @Test
  void emptyFileIsAnImportOfNothing() throws IOException {
    ServedImports imports = served(new ServedImports(CREDIT));
    assertEquals(0, desk.run("import", write("").toString()));
    assertEquals(2, imports.received().size());
  }

  @Test
  void withoutWaitingItReturnsWhenAllIsCommitted() throws IOException {
    ServedImports imports = served(new ServedImports(CREDIT).silentAtTheEnd());
    server.on("GET /v1/imports/imp_1", 200, "{'import_id':'imp_1','status':'done','read':2}");
    assertEquals(0, desk.run("import", "--no-wait", lines(2).toString()));
    assertEquals("import.finish", imports.received().getLast().path("type").asText());
    assertTrue(desk.out().matches("(?s).*talk.jsonl +2 +0.*imp_1\\s+"), desk.out());
  }

  @Test
  void jsonIsOneObjectAFile() throws IOException {
    served(new ServedImports(CREDIT));
    String file = lines(2).toString();
    assertEquals(0, desk.run("import", "--json", file, file));
    List<JsonNode> reports =
        desk.out().lines().map(line -> Json.parse(line).orElseThrow()).toList();
    assertEquals(2, reports.size());
    assertEquals("talk.jsonl", reports.get(0).path("file").asText());
    assertEquals(2, reports.get(0).path("stored").asInt());
    assertEquals(2, reports.get(1).path("duplicate").asInt());
    assertEquals("imp_2", reports.get(1).path("import_id").asText());
  }

  @Test
  void refusalIsWrongUseAndTheOtherFilesGoOn() throws IOException {
    server.onSocket(
        new Answers(
            "{'type':'error','problem':{'title':'Not so','status':400,"
                + "'errors':[{'field':'base_time','detail':'is needed'}]},'in_reply_to':'import.start'}"));
    String file = lines(1).toString();
    assertEquals(2, desk.run("import", file, file));
    assertEquals(
        "talk.jsonl was not imported:\nNot so (400)\n  - base_time: is needed\n".repeat(2),
        desk.err());
    assertEquals("", desk.out());
  }

  @Test
  void failedImportExitsWithOne() throws IOException {
    server.onSocket(
        new Answers("{'type':'import.failed','problem':{'title':'A bad sum'," + "'status':409}}"));
    assertEquals(1, desk.run("import", lines(1).toString()));
    assertTrue(desk.err().contains("A bad sum (409)"), desk.err());
  }

  @Test
  void serviceInTroubleIsAskedAgainUntilItIsGivenUp() throws IOException {
    server.onSocket(new Answers("{'type':'error','problem':{'title':'No database','status':503}}"));
    assertEquals(3, desk.run("import", lines(1).toString()));
    assertEquals(5, server.sockets().size());
    assertTrue(desk.err().contains("the service said: No database (503)"), desk.err());
    assertTrue(desk.err().contains("was lost and did not come back. What was committed stays"));
  }

  @Test
  void absentServiceExitsWithThreeAtOnce() throws IOException {
    int port;
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = probe.getLocalPort();
    }
    Desk alone = new Desk().environment("PALIMPSEST_PORT", Integer.toString(port));
    assertEquals(3, alone.run("import", lines(1).toString()));
    assertTrue(alone.err().startsWith("No service answers at"), alone.err());
    assertEquals("", alone.out());
  }

  @Test
  void serviceThatWantsAKeySaysSo() throws IOException {
    server.refuseSockets(401);
    assertEquals(3, desk.run("import", lines(1).toString()));
    assertTrue(desk.err().contains("wants a key: set PALIMPSEST_KEY"), desk.err());
  }

  @Test
  void fileThatIsNotThereIsWrongUse() {
    served(new ServedImports(CREDIT));
    assertEquals(2, desk.run("import", folder.resolve("none").toString()));
    assertEquals(2, desk.run("import", folder.toString()));
    assertEquals(2, desk.run("import"));
    assertTrue(desk.err().contains("There is no file"), desk.err());
    assertTrue(desk.err().contains("is not a file"), desk.err());
  }

  @Test
  void framesThatAreNotOfTheProtocolAreSaidOnce() throws IOException {
    ServedImports imports = new ServedImports(CREDIT);
    server.onSocket(
        new ScriptedService.Script() {
          @Override
          public void connected(ScriptedService.Peer peer) {
            peer.send("[1]");
            peer.send("{'type':'import.ready','resume_offset':-1}");
            peer.send("{'type':'import.news','what':'ever'}");
          }

          @Override
          public void said(ScriptedService.Peer peer, JsonNode frame) {
            imports.said(peer, frame);
          }

          @Override
          public void heard(ScriptedService.Peer peer, byte[] bytes) {
            imports.heard(peer, bytes);
          }
        });
    assertEquals(0, desk.run("import", lines(1).toString()));
    assertEquals(
        "talk.jsonl: ignored a frame that is not of the protocol: not a JSON object\n", desk.err());
  }

  @Test
  void fileThatBecomesShorterIsNoticed() throws IOException {
    Path file = lines(10);
    try (ImportFile open = ImportFile.open(file);
        FileChannel other = FileChannel.open(file, StandardOpenOption.WRITE)) {
      other.truncate(5);
      CliException shorter = assertThrows(CliException.class, () -> open.read(0, 100));
      assertTrue(shorter.lines().getFirst().endsWith("became shorter while it was read."));
    }
  }

  @Test
  void sumIsTheWholeFilesWhicheverPartsWereRead() throws IOException {
    Path file = lines(1000);
    String whole;
    try (ImportFile plain = ImportFile.open(file)) {
      whole = plain.sha256();
    }
    try (ImportFile hopping = ImportFile.open(file)) {
      for (int offset : new int[] {0, 300, 100, 5000, 700}) {
        assertEquals(500, hopping.read(offset, 500).remaining());
      }
      assertEquals(whole, hopping.sha256());
    }
    assertFalse(whole.isEmpty());
  }

  private ServedImports served(ServedImports imports) {
    server.onSocket(imports);
    return imports;
  }

  private Path lines(int count) throws IOException {
    return write(
        IntStream.range(0, count)
            .mapToObj(i -> String.format("{\"text\":\"%08d\"}\n", i))
            .collect(Collectors.joining()));
  }

  private Path write(String text) throws IOException {
    return Files.write(folder.resolve("talk.jsonl"), text.getBytes(UTF_8));
  }

  /** Answers the first frame of each connection with one frame. */
  private record Answers(String frame) implements ScriptedService.Script {
    @Override
    public void connected(ScriptedService.Peer peer) {}

    @Override
    public void said(ScriptedService.Peer peer, JsonNode said) {
      peer.send(frame);
    }

    @Override
    public void heard(ScriptedService.Peer peer, byte[] bytes) {}
  }
}
