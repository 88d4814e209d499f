package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.importing.ImportId;
import dev.palimpsest.memory.importing.Rejection;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.Names;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import dev.palimpsest.runtime.importing.ImportReport;
import dev.palimpsest.runtime.importing.Imports;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.jspecify.annotations.Nullable;

/** Imports, as they stand; they are made on their socket. */
@Path("/v1/imports")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class ImportsResource {
  private final Imports imports;

  /** Takes its part. */
  public ImportsResource(Imports imports) {
    this.imports = imports;
  }

  /** Shows an import. */
  @GET
  @Path("/{id}")
  @Operation(summary = "Shows an import")
  public ImportReport find(@Context RoutingContext context, @PathParam("id") String id) {
    return report(Calls.caller(context), id(id));
  }

  /** Lists the records that were rejected, in the order of the file. */
  @GET
  @Path("/{id}/rejections")
  @Operation(summary = "Lists the rejected records of an import")
  public PageView<RejectionView> rejections(
      @Context RoutingContext context,
      @PathParam("id") String id,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("after") @Nullable String after) {
    Caller caller = Calls.caller(context);
    int count = Paging.limit(limit);
    requireCursor(after);
    ImportReport report = report(caller, id(id));
    Page<Rejection> page =
        imports.rejections(caller.tenant(), new ImportId(report.id()), count, after);
    return new PageView<>(page.data().stream().map(RejectionView::of).toList(), page.next());
  }

  /**
   * A record that was not stored.
   *
   * @param record its number among all records read, from 1
   * @param offset of its first byte in the file
   */
  record RejectionView(long record, long offset, String reason, String detail) {
    static RejectionView of(Rejection rejection) {
      return new RejectionView(
          rejection.record(), rejection.offset(), Names.of(rejection.reason()), rejection.detail());
    }
  }

  /** An import that a caller may not see is not there. */
  private ImportReport report(Caller caller, Optional<ImportId> id) {
    return id.flatMap(known -> imports.report(caller.tenant(), known))
        .filter(report -> caller.sight().admits(report.scope()))
        .orElseThrow(() -> new ProblemException(ProblemKind.NOT_FOUND, "There is no such import."));
  }

  /** What is no import id names no import. */
  private static Optional<ImportId> id(String id) {
    try {
      return Optional.of(new ImportId(id));
    } catch (IllegalArgumentException e) {
      // Whoever asks for nonsense learns what whoever asks for the unknown learns.
      return Optional.empty();
    }
  }

  private static void requireCursor(@Nullable String after) {
    long ignored = Paging.number("after", after, 0, 0, Long.MAX_VALUE);
    assert ignored >= 0;
  }
}
