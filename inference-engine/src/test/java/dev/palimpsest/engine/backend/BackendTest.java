package dev.palimpsest.engine.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BackendTest {
  @Test
  void autoTakesTheVectorBackendAndSaysWhy() {
    try (Backend backend = Backend.open("auto", 2)) {
      assertEquals("vector", backend.name());
      assertTrue(backend.describe().contains("jdk.incubator.vector"), backend.describe());
    }
  }

  @Test
  void anyOtherChoiceIsTakenLiterally() {
    try (Backend backend = Backend.open("scalar", 1)) {
      assertEquals("scalar, 1 thread, as asked for", backend.describe());
    }
    var unknown = assertThrows(IllegalArgumentException.class, () -> Backend.open("best", 1));
    assertEquals("no backend \"best\"; there are auto, vector and scalar", unknown.getMessage());
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
