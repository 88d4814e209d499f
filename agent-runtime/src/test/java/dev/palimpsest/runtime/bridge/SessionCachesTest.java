package dev.palimpsest.runtime.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.palimpsest.engine.backend.Heads;
import dev.palimpsest.engine.kv.KvLayout;
import dev.palimpsest.engine.snapshot.PageMemory;
import dev.palimpsest.engine.snapshot.SnapshotKind;
import dev.palimpsest.engine.snapshot.SnapshotStore;
import dev.palimpsest.engine.token.TokenIds;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.SessionId;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionCachesTest {
  private static final KvLayout LAYOUT = new KvLayout(1, new Heads(1, 1, 2));
  private static final SnapshotKind KIND = SnapshotKind.of(LAYOUT, 0, "model", "numerics");
  private static final TenantId TENANT = TenantId.DEFAULT;
  private static final SessionId SESSION = new SessionId("ses_1");

  @TempDir Path folder;

  /** Hears nothing. */
  private static final class Deaf implements SnapshotObserver {
    @Override
    public void saved(int tokens, long bytes, Duration took) {}

    @Override
    public void loaded(int tokens, long bytes, Duration took) {}

    @Override
    public void dropped(String reason) {}

    @Override
    public void refused(String file, String reason) {}

    @Override
    public void failed(String file, String reason) {}
  }

  private static void write(SnapshotStore store) {
    PageMemory pages = (page, layer) -> MemorySegment.ofArray(new byte[(int) LAYOUT.layerBytes()]);
    TokenIds tokens = TokenIds.of(new int[32]);
    var ticket = store.announce(TENANT.value(), SESSION.value());
    store.save(ticket, KIND, tokens, pages, 1, () -> false);
  }

  /** As long as its pages are known a session may be written to a file. */
  @Test
  void whatIsWrittenBeforeThePagesAreForgottenIsErased() throws IOException {
    var snapshots = new SessionSnapshots(folder, 1 << 20, InstantSource.system(), new Deaf());
    SnapshotStore store = snapshots.parts(Runnable::run).store();
    ScriptedModel model = new ScriptedModel(100, "a");
    SessionCaches caches = new SessionCaches(snapshots, ModelSlot.of(model));
    model.whileForgetting(once(() -> write(store)));
    assertEquals(new SessionCaches.Forgotten(1, 0), caches.forget(TENANT, SESSION));
    assertEquals(0, snapshots.files());
    model.whileForgetting(once(() -> write(store)));
    assertEquals(new SessionCaches.Forgotten(1, 0), caches.forgetAll(TENANT));
    assertEquals(0, snapshots.files());
    try (Stream<Path> left = Files.walk(folder)) {
      assertEquals(List.of(), left.filter(Files::isRegularFile).toList());
    }
  }

  private static Runnable once(Runnable what) {
    AtomicBoolean isDone = new AtomicBoolean();
    return () -> {
      if (isDone.compareAndSet(false, true)) {
        what.run();
      }
    };
  }
}
