package dev.palimpsest.engine.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.engine.backend.nativecpu.NativeHere;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("it changes where native libraries are looked for")
class BackendTest {
  @Test
  void autoTakesTheVectorBackendAndSaysWhetherTheNativeOneIsThere() {
    NativeHere.orSkip("native");
    try (Backend backend = Backend.open("auto", 2)) {
      assertEquals("vector", backend.name());
      assertTrue(backend.describe().contains("jdk.incubator.vector"), backend.describe());
      assertTrue(backend.describe().contains("passed its test"), backend.describe());
    }
    try (Backend backend = Backend.open("native", 2)) {
      assertEquals("native", backend.name());
      assertTrue(backend.numerics().startsWith("native and vector "), backend.numerics());
    }
  }

  @Test
  void aNativeBackendThatIsNotThereIsNoHindranceButWhereItIsAskedFor(@TempDir Path empty) {
    String before = System.setProperty("java.library.path", empty.toString());
    try (Backend backend = Backend.open("auto", 2)) {
      assertEquals("vector", backend.name());
      assertTrue(backend.describe().contains("; native is not there: "), backend.describe());
      var missing = assertThrows(IllegalStateException.class, () -> Backend.open("native", 1));
      String why = String.valueOf(missing.getMessage());
      assertTrue(why.startsWith("the native backend is not available: there is"), why);
    } finally {
      System.setProperty("java.library.path", before);
    }
  }

  @Test
  void anyOtherChoiceIsTakenLiterally() {
    try (Backend backend = Backend.open("scalar", 1)) {
      assertEquals("scalar, 1 thread, as asked for", backend.describe());
    }
    for (String wrong : List.of("best", "native-", "native-sse")) {
      var unknown = assertThrows(IllegalArgumentException.class, () -> Backend.open(wrong, 1));
      assertEquals(
          "no backend \""
              + wrong
              + "\"; there are auto, vector, scalar, native, native-scalar, "
              + "native-avx2, native-avx512",
          unknown.getMessage());
    }
  }

  @Test
  void threadsHaveALimit() {
    assertThrows(IllegalArgumentException.class, () -> Backend.open("scalar", 0));
    assertThrows(IllegalArgumentException.class, () -> Backend.open("scalar", 257));
  }

  @Test
  void workspaceIsCountedAndZeroed() {
    try (Backend backend = Backend.open("scalar", 1)) {
      var floats = backend.floats("x", 3, 5);
      assertEquals(60, backend.workspaceBytes());
      assertEquals(60, Backend.floatsBytes(3, 5));
      for (float each : Poisoned.floats(floats)) {
        assertEquals(0f, each);
      }
    }
  }
}
