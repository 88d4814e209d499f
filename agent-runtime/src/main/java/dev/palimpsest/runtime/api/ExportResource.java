package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.KeptVersion;
import dev.palimpsest.memory.importing.PalimpsestWriter;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.guard.Caller;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/** The lossless archive of what the caller sees, as a stream. */
@Path("/v1/export")
@RunOnVirtualThread
public class ExportResource {
  private static final String GZIP = "application/gzip";

  /** Memories read together: few enough that the longest texts fit into the heap. */
  private static final int PART_MEMORIES = 25;

  private final StoreLink store;

  /** Takes its parts. */
  public ExportResource(StoreLink store) {
    this.store = store;
  }

  /**
   * Streams all memories with all their versions. An answer that ends without the archive's last
   * line was cut; the same memories give the same bytes.
   */
  @GET
  @Produces(GZIP)
  @Operation(summary = "Streams the lossless archive")
  public Response export(@Context RoutingContext context) {
    Caller caller = Calls.caller(context);
    // Read before the answer begins, so that a store that is away gives a problem and no stub.
    List<KeptVersion> first = part(caller, null);
    StreamingOutput archive = out -> write(caller, first, out);
    return Response.ok(archive, GZIP)
        .header(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"palimpsest.jsonl.gz\"")
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .build();
  }

  private void write(Caller caller, List<KeptVersion> first, OutputStream out) throws IOException {
    try (GZIPOutputStream packed = new GZIPOutputStream(out)) {
      PalimpsestWriter archive = new PalimpsestWriter(packed);
      List<KeptVersion> part = first;
      while (!part.isEmpty()) {
        for (KeptVersion version : part) {
          archive.add(version);
        }
        part = part(caller, part.getLast());
      }
      archive.end();
    }
  }

  private List<KeptVersion> part(Caller caller, @Nullable KeptVersion after) {
    return store
        .memories()
        .kept(caller.tenant(), caller.sight(), after == null ? null : after.id(), PART_MEMORIES);
  }
}
