package dev.palimpsest.memory.importing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Exports of other assistants, of which the branch that was shown is what was said. */
class ExportFormatsTest {
  @TempDir private Path root;

  @Test
  void theBranchOfTheCurrentNodeIsKeptAndOthersAreCounted() throws IOException {
    ImportRig rig = new ImportRig(root);
    ImportState done = rig.importAll(ImportRig.request(null, null), bytes(tree("\"b2\"")));
    assertEquals(List.of("ask", "second answer"), texts(rig));
    assertEquals(2, done.counts().stored());
    assertEquals(1, done.counts().skipped());
    Memory answer = rig.stored().getLast();
    assertEquals("b2", answer.origin().recordId());
    assertEquals("c", answer.origin().session());
    assertTrue(answer.content().metadata().contains("\"time_inherited\":true"));
    assertEquals(rig.stored().getFirst().content().happenedAt(), answer.content().happenedAt());
  }

  @Test
  void withoutACurrentNodeTheLastChildIsFollowed() throws IOException {
    ImportRig rig = new ImportRig(root);
    rig.importAll(ImportRig.request(null, null), bytes(tree("\"gone\"")));
    assertEquals(List.of("ask", "second answer"), texts(rig));
  }

  @Test
  void aCircleOfParentsIsOneRejection() throws IOException {
    ImportRig rig = new ImportRig(root);
    ImportState done =
        rig.importAll(
            ImportRig.request(null, null),
            bytes(
                "[{\"id\":\"c\",\"mapping\":{\"a\":{\"parent\":\"b\"},\"b\":{\"parent\":\"a\"}}}]"));
    assertEquals(1, done.counts().rejected());
    assertEquals(RejectionReason.BROKEN_TREE, rig.rejections(done).getFirst().reason());
  }

  /** Fifty thousand messages in one chain, on a small stack. */
  @Test
  void aLongConversationIsReadWithoutRecursion() throws Exception {
    int nodes = 50_000;
    StringBuilder file = new StringBuilder("[{\"id\":\"deep\",\"current_node\":\"n");
    file.append(nodes - 1).append("\",\"mapping\":{\"n0\":{\"children\":[\"n1\"]}");
    for (int i = 1; i < nodes; i++) {
      file.append(",\"n").append(i).append("\":{\"parent\":\"n").append(i - 1);
      file.append("\",\"children\":[\"n").append(i + 1).append("\"],\"message\":{\"author\":{");
      file.append("\"role\":\"").append(i % 2 == 1 ? "user" : "assistant");
      file.append("\"},\"create_time\":")
          .append(i)
          .append(",\"content\":{\"content_type\":\"text\",");
      file.append("\"parts\":[\"message ").append(i).append("\"]}}}");
    }
    byte[] bytes = bytes(file.append("}}]").toString());
    AtomicReference<ImportState> done = new AtomicReference<>();
    AtomicReference<Throwable> trouble = new AtomicReference<>();
    Thread reader =
        new Thread(
            null,
            () -> {
              try {
                NewImport request = ImportRig.request(ImportFormat.CHATGPT, null);
                done.set(new ImportRig(root).importAll(request, bytes));
              } catch (IOException | StackOverflowError e) {
                trouble.set(e);
              }
            },
            "small stack",
            256 << 10);
    reader.start();
    reader.join();
    assertEquals(null, trouble.get());
    assertEquals(nodes - 1, done.get().counts().stored());
  }

  @Test
  void instructionsArePinnedAndSectionsAreFacts() throws IOException {
    ImportRig rig = new ImportRig(root);
    String file =
        """
        [{"conversations_memory": "# Work\\nBakes.\\n# Work\\nSells.\\n# Idle\\n"},
         {"uuid": "p", "prompt_template": "Be short.", "docs": [{"content": "Rent."}]}]
        """;
    ImportState done = rig.importAll(ImportRig.request(null, null), bytes(file));
    assertEquals(List.of("Bakes.", "Sells.", "Be short.", "Rent."), texts(rig));
    assertEquals(
        List.of(MemoryKind.FACT, MemoryKind.FACT, MemoryKind.PINNED, MemoryKind.EPISODE),
        rig.stored().stream().map(Memory::kind).toList());
    assertEquals(1, done.counts().skipped());
    assertEquals(0, rig.importAll(ImportRig.request(null, null), bytes(file)).counts().stored());
    String changed = file.replace("Sells.", "Buys.");
    assertEquals(1, rig.importAll(ImportRig.request(null, null), bytes(changed)).counts().stored());
    assertEquals(2, rig.stored().stream().filter(m -> m.version() == 1).count() - 1);
  }

  private static String tree(String current) {
    return """
    [{"conversation_id": "c", "create_time": 1712000000.25, "current_node": %s, "mapping": {
      "r": {"parent": null, "children": ["a"], "message": null},
      "a": {"parent": "r", "children": ["b1", "b2"], "message": {"author": {"role": "user"},
       "content": {"content_type": "text", "parts": ["ask"]}, "create_time": 1712000001}},
      "b1": {"parent": "a", "children": [], "message": {"author": {"role": "assistant"},
       "content": {"content_type": "text", "parts": ["first answer"]}}},
      "b2": {"parent": "a", "children": [], "message": {"author": {"role": "assistant"},
       "content": {"content_type": "text", "parts": ["second answer"]}}}}}]
    """
        .formatted(current);
  }

  private static List<String> texts(ImportRig rig) {
    return rig.stored().stream().map(m -> m.content().text()).toList();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
