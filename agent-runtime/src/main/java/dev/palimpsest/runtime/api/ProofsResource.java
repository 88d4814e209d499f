package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.palimpsest.memory.ChainHead;
import dev.palimpsest.memory.ChainLink;
import dev.palimpsest.memory.ChainReport;
import dev.palimpsest.memory.Memory;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.Origin;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Revocation;
import dev.palimpsest.memory.RevocationId;
import dev.palimpsest.memory.Revoked;
import dev.palimpsest.memory.SourceName;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.guard.Names;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import dev.palimpsest.runtime.proof.SigningKey;
import dev.palimpsest.runtime.proof.Withdrawals;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.io.InputStream;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.jspecify.annotations.Nullable;

/** Where memories come from, the taking back of sources, and the chain of all writes. */
@Path("/v1/memories")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class ProofsResource {
  private static final int HASH_CHARACTERS = 64;

  private final StoreLink store;
  private final MemoryAccess memories;
  private final Withdrawals withdrawals;
  private final Bodies bodies;
  private final Seal seal;

  /**
   * With what is signed.
   *
   * @param json makes the objects
   */
  public record Seal(SigningKey key, InstantSource clock, ObjectMapper json) {}

  /** Takes its parts. */
  public ProofsResource(StoreLink store, Withdrawals withdrawals, Bodies bodies, Seal seal) {
    this.store = store;
    this.memories = new MemoryAccess(store);
    this.withdrawals = withdrawals;
    this.bodies = bodies;
    this.seal = seal;
  }

  /** Shows what a memory was made of, back to the words. */
  @GET
  @Path("/{id}/provenance")
  @Operation(summary = "Shows the tree of what a memory was made of, back to the words")
  public ProvenanceView provenance(
      @Context RoutingContext context,
      @PathParam("id") String id,
      @QueryParam("version") @Nullable String version) {
    Caller caller = Calls.caller(context);
    List<Memory> versions = memories.history(caller, id);
    long wanted = Paging.number("version", version, versions.size(), 1, Integer.MAX_VALUE);
    Memory memory =
        versions.stream()
            .filter(one -> one.version() == wanted)
            .findFirst()
            .orElseThrow(MemoryAccess::none);
    return ProvenanceTree.read(store, caller.tenant(), memory.versionId(), caller.sight());
  }

  /** Takes back a source and everything that was derived from it. */
  @POST
  @Path("/revoke")
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Revokes a source and everything derived from it")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.REVOKE))
  public RevocationView revoke(@Context RoutingContext context, InputStream body) {
    Caller caller = Calls.caller(context);
    Fields fields = bodies.read(body);
    String text = fields.requiredText("source", Origin.CHARACTERS_MAX);
    String reason = fields.text("reason", Revoked.REASON_CHARACTERS_MAX);
    if (text.isBlank() && fields.isGood("source")) {
      fields.refuse("source", "is blank");
    }
    fields.refuseOthers();
    fields.check();
    Revocation.Request request =
        new Revocation.Request(new SourceName(text), caller.user(), reason);
    return view(caller, withdrawals.run(caller.tenant(), request), Page.LIMIT_MAX, null);
  }

  /** Shows a revocation and what it has reached. */
  @GET
  @Path("/revocations/{id}")
  @Operation(summary = "Shows a revocation and the memories that it has reached")
  public RevocationView revocation(
      @Context RoutingContext context,
      @PathParam("id") String id,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("after") @Nullable String after) {
    Caller caller = Calls.caller(context);
    long from = Paging.number("after", after, 0, 0, Long.MAX_VALUE);
    Revocation found =
        id(id)
            .flatMap(known -> store.audit().revocation(caller.tenant(), known))
            .filter(one -> caller.user() == null || caller.user().equals(one.request().user()))
            .orElseThrow(ProofsResource::none);
    return view(caller, found, Paging.limit(limit), from == 0 ? null : Long.toString(from));
  }

  /** What is no id of a revocation names none. */
  private static Optional<RevocationId> id(String id) {
    try {
      return Optional.of(new RevocationId(id));
    } catch (IllegalArgumentException e) {
      // Whoever asks for nonsense learns what whoever asks for the unknown learns.
      return Optional.empty();
    }
  }

  private static ProblemException none() {
    return new ProblemException(ProblemKind.NOT_FOUND, "There is no such revocation.");
  }

  private RevocationView view(
      Caller caller, Revocation revocation, int limit, @Nullable String after) {
    Page<MemoryId> reached = store.audit().revoked(caller.tenant(), revocation.id(), limit, after);
    return new RevocationView(
        revocation.id().value(),
        revocation.request().source().text(),
        revocation.request().reason(),
        revocation.isFinished() ? "done" : "running",
        revocation.requestedAt(),
        revocation.finishedAt(),
        revocation.memories(),
        reached.data().stream().map(MemoryId::value).toList(),
        reached.next());
  }

  /**
   * A revocation.
   *
   * @param touched how many memories it has reached
   * @param memories a page of their ids, in the order in which they were reached
   * @param next the page after this one; null for the last
   */
  record RevocationView(
      String id,
      String source,
      @Nullable String reason,
      String status,
      Instant requestedAt,
      @Nullable Instant finishedAt,
      long touched,
      List<String> memories,
      @Nullable String next) {}

  /** Gives out the head of the chain, signed, and a page of its links. */
  @GET
  @Path("/chain")
  @Operation(summary = "Gives a signed checkpoint of the chain of all writes, and its links")
  public ObjectNode chain(
      @Context RoutingContext context,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("after") @Nullable String after) {
    Caller caller = unbound(context);
    long from = Paging.number("after", after, 0, 0, Long.MAX_VALUE);
    int most = Paging.limit(limit);
    ChainHead head = store.audit().head(caller.tenant());
    ObjectNode checkpoint = seal.json.createObjectNode();
    checkpoint.put("tenant", caller.tenant().value());
    checkpoint.put("change", head.change());
    checkpoint.put("link", head.link());
    checkpoint.put("at", seal.clock.instant().toString());
    ObjectNode answer = seal.json.createObjectNode();
    answer.putIfAbsent("checkpoint", seal.key.sign(checkpoint));
    ArrayNode data = answer.putArray("data");
    List<ChainLink> links = store.audit().links(caller.tenant(), from, most);
    links.forEach(link -> add(data.addObject(), link));
    String next = links.size() < most ? null : Long.toString(links.getLast().change());
    return answer.put("next", next);
  }

  private static void add(ObjectNode node, ChainLink link) {
    node.put("change", link.change());
    node.put("kind", Names.of(link.kind()));
    node.put("entries", link.entries());
    node.put("entries_sha256", link.entriesSha256());
    node.put("link", link.link());
  }

  /**
   * Computes the chain again from the rows, and holds it against a checkpoint where one is sent.
   */
  @POST
  @Path("/chain/verify")
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Computes the chain again and names the first thing that is wrong")
  @RequestBody(
      required = false,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.CHECKPOINT))
  public ReportView verify(@Context RoutingContext context, InputStream body) {
    Caller caller = unbound(context);
    Fields fields = bodies.readOptional(body);
    Long change = fields.wholeNumber("change");
    String link = fields.text("link", HASH_CHARACTERS);
    if ((change == null) != (link == null)) {
      fields.refuse(change == null ? "change" : "link", "is missing");
    }
    fields.refuseOthers();
    fields.check();
    ChainHead known = change == null || link == null ? null : new ChainHead(change, link);
    return ReportView.of(store.audit().verify(caller.tenant(), known));
  }

  /**
   * What the checking of a chain came to.
   *
   * @param status {@code whole} or {@code broken}
   * @param versions whose hash is right
   * @param erased of which only the hash is left
   * @param unsealed from before there were hashes
   * @param broken the first thing that is wrong, or null
   */
  record ReportView(
      String status,
      long change,
      String link,
      long links,
      long versions,
      long erased,
      long unsealed,
      @Nullable BreakView broken) {
    static ReportView of(ChainReport report) {
      ChainReport.Break broken = report.broken();
      return new ReportView(
          broken == null ? "whole" : "broken",
          report.upTo().change(),
          report.upTo().link(),
          report.links(),
          report.versions(),
          report.erased(),
          report.unsealed(),
          broken == null ? null : BreakView.of(broken));
    }
  }

  /** Something that is not as it was written; {@code memory} is null where it is no row. */
  record BreakView(long change, @Nullable String memory, @Nullable Integer version, String what) {
    static BreakView of(ChainReport.Break broken) {
      return broken.version() == null
          ? new BreakView(broken.change(), null, null, broken.what())
          : new BreakView(
              broken.change(),
              broken.version().id().value(),
              broken.version().version(),
              broken.what());
    }
  }

  /** The chain is of all of a tenant's memories, so it is not for a key of one user. */
  private static Caller unbound(RoutingContext context) {
    Caller caller = Calls.caller(context);
    if (caller.user() != null) {
      throw new ProblemException(
          ProblemKind.FORBIDDEN, "The chain is for keys that are bound to no user.");
    }
    return caller;
  }
}
