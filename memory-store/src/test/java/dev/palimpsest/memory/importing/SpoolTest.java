package dev.palimpsest.memory.importing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.palimpsest.memory.TenantId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolTest {
  private static final ImportId ID = new ImportId("imp_1");
  private static final TenantId TENANT = new TenantId("acme");
  private static final String SUM_OF_ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @TempDir private Path root;

  @Test
  void whatWasAppendedIsThereAfterReopening() throws IOException {
    Spool first = Spool.open(root, TENANT, ID);
    first.append(bytes("ab"));
    first.release();
    Spool second = Spool.open(root, TENANT, ID);
    assertEquals(2, second.length());
    assertFalse(second.isFinished());
    second.append(bytes("c"));
    assertEquals(SUM_OF_ABC, second.sha256());
    second.finish(SUM_OF_ABC);
    second.release();
    Spool third = Spool.open(root, TENANT, ID);
    assertTrue(third.isFinished());
    assertThrows(IllegalStateException.class, () -> third.append(bytes("d")));
    try (InputStream all = third.follow(() -> {})) {
      assertEquals("abc", new String(all.readAllBytes(), StandardCharsets.UTF_8));
    }
    assertEquals(List.of(new Spool.Left(TENANT, ID)), Spool.left(root));
    third.remove();
    assertEquals(List.of(), Spool.left(root));
    try (var entries = Files.list(root)) {
      assertEquals(0, entries.count());
    }
  }

  @Test
  void whoFollowsWaitsForMoreAndIsToldWhenItIsClosed() throws Exception {
    Spool spool = Spool.open(root, TENANT, ID);
    AtomicInteger waits = new AtomicInteger();
    AtomicReference<String> end = new AtomicReference<>("");
    Thread reader = Thread.ofVirtual().start(() -> end.set(readToEnd(spool, waits)));
    spool.append(bytes("abc"));
    while (spool.followed() < 3) {
      Thread.onSpinWait();
    }
    assertTrue(reader.isAlive());
    spool.close();
    reader.join();
    assertEquals("the spool was closed", end.get());
    assertTrue(waits.get() >= 1);
    spool.release();
  }

  @Test
  void aFolderThatIsNotThereHoldsNoSpools() throws IOException {
    assertEquals(List.of(), Spool.left(root.resolve("none")));
  }

  private static String readToEnd(Spool spool, AtomicInteger waits) {
    try (InputStream in = spool.follow(waits::incrementAndGet)) {
      return "read " + in.readAllBytes().length;
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }
}
