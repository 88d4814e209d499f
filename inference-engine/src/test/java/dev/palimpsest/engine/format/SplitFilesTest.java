package dev.palimpsest.engine.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.model.Model;
import dev.palimpsest.engine.model.TinyModels;
import dev.palimpsest.engine.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models in several files: put together to what they were, or refused with the part's name. */
final class SplitFilesTest {
  @TempDir private Path folder;

  private Arena arena;

  @BeforeEach
  void openArena() {
    arena = Arena.ofShared();
  }

  @AfterEach
  void closeArena() {
    arena.close();
  }

  @Test
  void partsAreTheModelThatWasSplit() throws IOException {
    GgufWriter writer = TinyModels.writer("qwen3", 3);
    Gguf whole = Gguf.open(writer.write(folder.resolve("whole.gguf")), arena);
    for (int count : new int[] {2, 3, 5}) {
      List<Path> files = write(writer.split(count));
      Gguf parts = Gguf.open(files.getFirst(), arena);
      assertEquals(files, parts.files());
      assertEquals(
          whole.metadata().string("general.name"), parts.metadata().string("general.name"));
      assertEquals(names(whole), names(parts));
      for (TensorInfo info : whole.tensors()) {
        assertEquals(info.shape(), parts.tensor(info.name()).shape());
        long at = whole.tensor(info.name()).data().mismatch(parts.tensor(info.name()).data());
        assertEquals(-1, at, info.name());
      }
    }
  }

  @Test
  void splitModelOpensAndItsChecksumCoversAllParts() throws IOException, NoSuchAlgorithmException {
    List<Path> files = write(TinyModels.writer("llama", 3).split(3));
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    long bytes = 0;
    for (Path file : files) {
      digest.update(Files.readAllBytes(file));
      bytes += Files.size(file);
    }
    try (Model model = Model.open(files.getFirst())) {
      assertEquals(HexFormat.of().formatHex(digest.digest()), model.sha256());
      assertEquals(bytes, model.description().bytes());
      assertEquals(files.getFirst(), model.file());
    }
  }

  @Test
  void partThatIsMissingIsRefusedByItsName() throws IOException {
    List<Path> files = write(small().split(3));
    Files.delete(files.get(1));
    refuses(files.getFirst(), files.get(1), "file", "is missing: part 2 of 3");
  }

  @Test
  void partThatIsCutIsRefusedByItsName() throws IOException {
    List<Path> files = write(small().split(3));
    byte[] bytes = Files.readAllBytes(files.get(2));
    Files.write(files.get(2), java.util.Arrays.copyOf(bytes, bytes.length - 1));
    refuses(files.getFirst(), files.get(2), "d", "the file ends at");
  }

  @Test
  void anotherPartThanTheFirstIsRefused() throws IOException {
    List<Path> files = write(small().split(3));
    refuses(files.get(1), files.get(1), "split.no", "is 1: this is not the first part");
  }

  @Test
  void nameWithoutItsNumberIsRefused() throws IOException {
    List<Path> files = write(small().split(3));
    Path renamed = Files.move(files.getFirst(), folder.resolve("renamed.gguf"));
    refuses(renamed, renamed, "split.count", "ends with -00001-of-00003.gguf");
  }

  @Test
  void partOfAnotherNumberOrCountIsRefused() throws IOException {
    List<Path> files = write(small().split(3));
    Files.delete(files.get(2));
    Files.copy(files.get(1), files.get(2));
    refuses(files.getFirst(), files.get(2), "split.no", "is 1, 2 expected");
    Files.write(files.get(2), new GgufWriter().splitPairs(2, 4, 4).bytes());
    refuses(files.getFirst(), files.get(2), "split.count", "is 4, 3 expected");
    Files.write(files.get(2), new GgufWriter().tensor("d", Shape.of(1), 1).bytes());
    refuses(files.getFirst(), files.get(2), "split.no", "");
  }

  @Test
  void tensorInTwoPartsIsRefused() throws IOException {
    List<GgufWriter> parts = small().split(2);
    parts.get(1).tensor("a", Shape.of(1), 1);
    List<Path> files = write(parts);
    refuses(files.getFirst(), files.get(1), "a", "is in " + files.getFirst() + " too");
  }

  @Test
  void numberOfTensorsMustBeThatOfAllParts() throws IOException {
    List<GgufWriter> parts = small().split(2);
    parts.get(1).tensor("e", Shape.of(1), 1);
    Path first = write(parts).getFirst();
    refuses(first, first, "split.tensors.count", "is 4, the parts have 5");
  }

  @Test
  void countOfAModelInOneFileIsZeroOrOne() throws IOException {
    for (int count : new int[] {0, 1}) {
      Path file = folder.resolve("one.gguf");
      small().splitPairs(0, count, 4).write(file);
      assertEquals(4, Gguf.open(file, arena).tensors().size());
    }
    Path file = small().splitPairs(0, SplitFiles.PARTS_MAX + 1, 4).write(folder.resolve("m.gguf"));
    refuses(file, file, "split.count", "1025 is not within 0 to 1024");
  }

  private static GgufWriter small() {
    GgufWriter writer = new GgufWriter().string("general.name", "small");
    for (String name : List.of("a", "b", "c", "d")) {
      writer.tensor(name, Shape.of(3, 4), new float[12]);
    }
    return writer;
  }

  private List<Path> write(List<GgufWriter> parts) throws IOException {
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      String name = "model-%05d-of-%05d.gguf".formatted(i + 1, parts.size());
      files.add(parts.get(i).write(folder.resolve(name)));
    }
    return files;
  }

  private static List<String> names(Gguf gguf) {
    return gguf.tensors().stream().map(TensorInfo::name).toList();
  }

  private void refuses(Path opened, Path named, String field, String words) {
    var e = assertThrows(ModelFormatException.class, () -> Gguf.open(opened, arena));
    assertEquals(named, e.file(), e::getMessage);
    assertEquals(field, e.field(), e::getMessage);
    assertTrue(e.getMessage().contains(words), e::getMessage);
  }
}
