package dev.palimpsest.runtime.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Embedding;
import dev.palimpsest.memory.Reading;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InProcessEmbedderTest {
  private static Path folder;
  private static InProcessEmbedder embedder;

  @BeforeAll
  static void open(@TempDir Path place) {
    folder = place;
    embedder = InProcessEmbedder.open(folder);
  }

  @AfterAll
  static void close() {
    embedder.close();
    embedder.close();
    assertThrows(IllegalStateException.class, () -> embedder.embed(List.of("a", "b")));
    assertThrows(IllegalStateException.class, () -> embedder.split("a"));
  }

  @Test
  void whatMeansTheSameLiesNear() {
    List<Embedding> made =
        embedder.embed(
            List.of(
                "Where does Ada live?",
                "Ada: I moved to a flat in Lisbon last week.",
                "Bob: The soup needs more salt."));
    assertEquals(384, made.getFirst().dimensions());
    double near = made.get(0).cosine(made.get(1));
    double far = made.get(0).cosine(made.get(2));
    assertTrue(near > far + 0.1, near + " and " + far);
  }

  @Test
  void tokensStandWhereTheirWordsDo() {
    String text = "Ada: \uD83D\uDE00 I moved to Lisbon!";
    Reading reading = embedder.read(text);
    assertEquals(embedder.embed(List.of(text)).getFirst(), reading.whole());
    List<String> words =
        reading.tokens().stream().map(t -> text.substring(t.from(), t.to())).toList();
    assertTrue(words.containsAll(List.of("Ada", "moved", "Lisbon", "!")), words.toString());
    assertEquals(3, reading.content(text).count(), words.toString());
    Reading question = embedder.read("Which city?");
    double near = cosine(question, "city", reading, text, "Lisbon");
    assertTrue(near > cosine(question, "city", reading, text, "Ada"), "cosine " + near);
  }

  private static double cosine(
      Reading question, String asked, Reading reading, String text, String word) {
    Embedding of = token(question, "Which city?", asked);
    return of.cosine(token(reading, text, word));
  }

  private static Embedding token(Reading reading, String text, String word) {
    return reading.tokens().stream()
        .filter(token -> text.substring(token.from(), token.to()).equals(word))
        .findFirst()
        .orElseThrow()
        .vector();
  }

  @Test
  void aVectorIsTheSameAloneTogetherAndAgain() throws Exception {
    List<String> texts = List.of("One sentence.", "Another, somewhat longer sentence.", "");
    List<Embedding> together = embedder.embed(texts);
    for (int i = 0; i < texts.size(); i++) {
      assertEquals(together.get(i), embedder.embed(List.of(texts.get(i))).getFirst());
      assertEquals(together.get(i), embedder.embed(List.of(texts.get(i))).getFirst());
    }
    for (List<Embedding> made : atOnce(texts)) {
      assertEquals(together, made);
    }
  }

  @Test
  void everyTextHasAVector() {
    for (String text :
        List.of("", " ", "\u200b", "\u0007", "🧪", "한국어", "\ud800", "a".repeat(9999))) {
      assertEquals(384, embedder.embed(List.of(text, text)).getFirst().dimensions());
    }
  }

  @Test
  void whatIsBeyondTheWindowIsCutAndSplittingKeepsIt() {
    String first = "Ada went home and had a cup of tea. ".repeat(60);
    String text = first + "The volcano erupted at noon.";
    List<Embedding> made = embedder.embed(List.of(first, text, "The volcano erupted at noon."));
    assertEquals(made.get(0), made.get(1));
    List<String> parts = embedder.split(text);
    assertTrue(parts.size() > 1);
    assertEquals(text, String.join("", parts));
    Embedding last = embedder.embed(List.of(parts.getLast(), "")).getFirst();
    assertTrue(last.cosine(made.get(2)) > made.get(1).cosine(made.get(2)));
    assertEquals(List.of("Short."), embedder.split("Short."));
  }

  @Test
  void nativeLibrariesAreUnpackedOnceIntoOurFolder() throws IOException {
    Path library = folder.resolve("onnxruntime").resolve(System.mapLibraryName("onnxruntime"));
    assertTrue(Files.size(library) > 1_000_000);
    var written = Files.getLastModifiedTime(library);
    NativeFiles.prepare(folder);
    assertEquals(written, Files.getLastModifiedTime(library));
  }

  @Test
  void whatCannotBeLoadedIsAStateWithAReason() throws IOException {
    Path file = Files.createTempFile(folder, "no", "folder");
    EmbedderSlot slot = new EmbedderSlot();
    EmbedderSlot.State state = slot.load(() -> InProcessEmbedder.open(file));
    var missing = assertInstanceOf(EmbedderSlot.State.Missing.class, state);
    assertTrue(missing.isBroken());
    assertTrue(missing.reason().contains(file.toString()), missing.reason());
    assertTrue(slot.find().isEmpty());
    NativeFiles.prepare(folder);
  }

  private static List<List<Embedding>> atOnce(List<String> texts)
      throws InterruptedException, ExecutionException {
    List<List<Embedding>> made = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<Embedding>>> calls = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        calls.add(threads.submit(() -> embedder.embed(texts)));
      }
      for (Future<List<Embedding>> call : calls) {
        made.add(call.get());
      }
    }
    return made;
  }
}
