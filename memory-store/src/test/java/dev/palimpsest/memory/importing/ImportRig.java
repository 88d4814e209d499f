package dev.palimpsest.memory.importing;

import dev.palimpsest.memory.CountingIds;
import dev.palimpsest.memory.InMemoryMemory;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryFilter;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.TestClock;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A store in memory and a folder for spools, with files imported from one into the other. */
final class ImportRig {
  static final TenantId TENANT = TenantId.DEFAULT;

  private final InMemoryMemory memory = new InMemoryMemory(new TestClock(), new CountingIds());
  private final Path root;

  ImportRig(Path root) {
    this.root = root;
  }

  ImportLog log() {
    return memory.imports();
  }

  static NewImport request(@Nullable ImportFormat format, @Nullable Instant baseTime) {
    return new NewImport(format, "fixture", baseTime, Scope.NONE, false, null);
  }

  /** Imports a file whose bytes are all there before anybody looks. */
  ImportState importAll(NewImport request, byte[] file) throws IOException {
    ImportState begun = log().create(TENANT, request);
    Spool spool = Spool.open(root, TENANT, begun.id());
    spool.append(ByteBuffer.wrap(file));
    spool.finish(spool.sha256());
    ImportState done = importer(begun).run(spool);
    spool.remove();
    return done;
  }

  /** Imports a file whose stream breaks after so many bytes, and goes on with another importer. */
  ImportState importCut(NewImport request, byte[] file, int cut) throws IOException {
    ImportState begun = log().create(TENANT, request);
    Importer first = importer(begun);
    try {
      ImportState never = first.run(new BreakingStream(file, cut, first::flush));
      throw new AssertionError("ended with " + never);
    } catch (Broken e) {
      ImportState between = log().find(TENANT, begun.id()).orElseThrow();
      return importer(between).run(new ByteArrayInputStream(file));
    }
  }

  /** Imports a file that comes in pieces while it is read. */
  ImportState importInPieces(NewImport request, byte[] file, List<Integer> sizes) throws Exception {
    ImportState begun = log().create(TENANT, request);
    Spool spool = Spool.open(root, TENANT, begun.id());
    AtomicReference<ImportState> done = new AtomicReference<>();
    Thread reader =
        Thread.ofVirtual()
            .start(() -> {
              try {
                done.set(importer(begun).run(spool));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    int at = 0;
    for (int size : sizes) {
      int count = Math.min(size, file.length - at);
      spool.append(ByteBuffer.wrap(file, at, count));
      at += count;
    }
    spool.append(ByteBuffer.wrap(file, at, file.length - at));
    spool.finish(spool.sha256());
    reader.join();
    spool.remove();
    return done.get();
  }

  /** Newest versions of all that is stored, oldest first. */
  List<Memory> stored() {
    List<Memory> all = new ArrayList<>();
    Page<Memory> page = page(null);
    all.addAll(page.data());
    while (page.next() != null) {
      page = page(page.next());
      all.addAll(page.data());
    }
    all.sort(Comparator.comparing(m -> m.id().value()));
    return all;
  }

  List<Rejection> rejections(ImportState state) {
    return log().rejections(TENANT, state.id(), Page.LIMIT_MAX, null).data();
  }

  private Importer importer(ImportState from) {
    return new Importer(log(), TENANT, from, (state, rejections) -> {});
  }

  private Page<Memory> page(@Nullable String after) {
    return memory.memories().list(TENANT, MemoryFilter.of(Scope.NONE), Page.LIMIT_MAX, after);
  }

  private static final class Broken extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /** Has nothing more to read after so many bytes, and then breaks. */
  private static final class BreakingStream extends FilterInputStream {
    private final Runnable beforeWaiting;

    BreakingStream(byte[] file, int cut, Runnable beforeWaiting) {
      super(new ByteArrayInputStream(file, 0, cut));
      this.beforeWaiting = beforeWaiting;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      int count = super.read(into, from, length);
      if (count < 0) {
        beforeWaiting.run();
        throw new Broken();
      }
      return count;
    }
  }
}
