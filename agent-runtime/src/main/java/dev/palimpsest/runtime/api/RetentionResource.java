package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.retention.ArchiveId;
import dev.palimpsest.memory.retention.Retainer;
import dev.palimpsest.memory.retention.Retention;
import dev.palimpsest.memory.retention.RetentionArchive;
import dev.palimpsest.memory.retention.RetentionPolicy;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * For how long memories are kept, and the archives of those that went. Only for keys that are bound
 * to no user, since an archive holds memories of several.
 */
@Path("/v1/retention")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class RetentionResource {
  private static final Logger LOG = Logger.getLogger(RetentionResource.class);

  /** Archives that one request makes or removes at most; what is left the next one does. */
  private static final int STEPS_MAX = 5;

  private final StoreLink store;
  private final Retention retention;
  private final Retainer retainer;
  private final Bodies bodies;

  /** Takes its parts. */
  public RetentionResource(StoreLink store, Retention retention, Retainer retainer, Bodies bodies) {
    this.store = store;
    this.retention = retention;
    this.retainer = retainer;
    this.bodies = bodies;
  }

  /** Lists the policies. */
  @GET
  @Operation(summary = "Lists the policies of retention")
  public PageView<PolicyView> list(@Context RoutingContext context) {
    TenantId tenant = unbound(context);
    return new PageView<>(retention.policies(tenant).stream().map(PolicyView::of).toList(), null);
  }

  /** Sets the policy of a scope, in place of the one that there was. */
  @PUT
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Sets for how long the memories of a scope are kept")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.RETENTION))
  public PolicyView put(@Context RoutingContext context, InputStream body) {
    TenantId tenant = unbound(context);
    Fields fields = bodies.read(body);
    Scope scope = fields.scope("scope");
    Integer keep = days(fields, "keep_days");
    Integer archive = days(fields, "archive_days");
    fields.refuseOthers();
    fields.check();
    if (keep == null || archive == null) {
      throw new IllegalStateException("what is refused does not come here");
    }
    RetentionPolicy policy = new RetentionPolicy(scope, keep, archive);
    if (!retention.put(tenant, policy)) {
      throw Paging.invalid(
          "scope",
          "would be one of more than " + Retention.POLICIES_MAX + "; delete another first");
    }
    return PolicyView.of(policy);
  }

  private static @Nullable Integer days(Fields fields, String name) {
    if (!fields.has(name) || fields.isNull(name)) {
      fields.refuse(name, "is missing");
    }
    return fields.wholeNumber(name, 1, RetentionPolicy.DAYS_MAX);
  }

  /** Removes the policy of exactly this scope; its memories are kept again. */
  @DELETE
  @Operation(summary = "Deletes the policy of a scope")
  public PolicyGoneView delete(
      @Context RoutingContext context,
      @QueryParam("user") @Nullable String user,
      @QueryParam("agent") @Nullable String agent,
      @QueryParam("project") @Nullable String project) {
    TenantId tenant = unbound(context);
    Scope scope = Paging.scope(user, agent, project);
    if (!retention.delete(tenant, scope)) {
      throw new ProblemException(ProblemKind.NOT_FOUND, "There is no policy of this scope.");
    }
    return new PolicyGoneView(scope, true);
  }

  /** Does at once what is done every hour, or says what would be done. */
  @POST
  @Path("/run")
  @Operation(summary = "Archives and erases what is due, or says how much that is")
  public RunView run(
      @Context RoutingContext context, @QueryParam("dry_run") @Nullable String dryRun) {
    TenantId tenant = unbound(context);
    return isDry(dryRun) ? due(tenant) : run(tenant);
  }

  private static boolean isDry(@Nullable String text) {
    if (text == null || text.equals("false")) {
      return false;
    }
    if (!text.equals("true")) {
      throw Paging.invalid("dry_run", "is 'true' or 'false'");
    }
    return true;
  }

  private RunView due(TenantId tenant) {
    List<DueView> due =
        retention.policies(tenant).stream()
            .map(policy -> DueView.of(policy, retention.due(tenant, policy)))
            .toList();
    boolean isMore = due.stream().anyMatch(one -> one.memories > 0);
    return new RunView(true, due, List.of(), List.of(), isMore);
  }

  private RunView run(TenantId tenant) {
    List<ArchiveView> archives = new ArrayList<>();
    List<String> removed = new ArrayList<>();
    boolean isMore = true;
    while (isMore && archives.size() + removed.size() < STEPS_MAX) {
      switch (step(tenant)) {
        case Retainer.Step.Finished(RetentionArchive archive) ->
            archives.add(ArchiveView.of(tenant, archive));
        case Retainer.Step.Removed(ArchiveId id) -> removed.add(id.value());
        case Retainer.Step.Nothing nothing -> isMore = false;
        case Retainer.Step.Busy busy -> throw busy();
      }
    }
    return new RunView(false, List.of(), archives, removed, isMore);
  }

  private Retainer.Step step(TenantId tenant) {
    try {
      return retainer.step(tenant);
    } catch (IOException e) {
      throw disk(e);
    }
  }

  private static ProblemException busy() {
    return new ProblemException(
        ProblemKind.OVERLOADED, "Retention is at work already; ask again in a moment.");
  }

  private static ProblemException disk(IOException e) {
    LOG.errorf(e, "retention=failed why=disk");
    return new ProblemException(
        ProblemKind.DISK_FULL,
        "An archive cannot be written, read back or removed; nothing was erased without one."
            + " The service's log says why.");
  }

  /** Lists the archives, the newest first. */
  @GET
  @Path("/archives")
  @Operation(summary = "Lists the archives of retention")
  public PageView<ArchiveView> archives(
      @Context RoutingContext context,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("after") @Nullable String after) {
    TenantId tenant = unbound(context);
    String from = Paging.after(after, ArchiveId::new);
    Page<RetentionArchive> page = retention.archives(tenant, Paging.limit(limit), from);
    return new PageView<>(
        page.data().stream().map(archive -> ArchiveView.of(tenant, archive)).toList(), page.next());
  }

  /** Shows an archive with its receipt. */
  @GET
  @Path("/archives/{id}")
  @Operation(summary = "Shows an archive of retention with its receipt")
  public ArchiveView archive(@Context RoutingContext context, @PathParam("id") String id) {
    TenantId tenant = unbound(context);
    return id(id)
        .flatMap(known -> retention.archive(tenant, known))
        .map(archive -> ArchiveView.of(tenant, archive))
        .orElseThrow(RetentionResource::none);
  }

  /** Removes an archive before its time is over; what it holds is gone then. */
  @DELETE
  @Path("/archives/{id}")
  @Operation(summary = "Removes an archive of retention before its time is over")
  public ArchiveGoneView remove(@Context RoutingContext context, @PathParam("id") String id) {
    TenantId tenant = unbound(context);
    ArchiveId known = id(id).orElseThrow(RetentionResource::none);
    try {
      return switch (retainer.remove(tenant, known)) {
        case Retainer.Step.Removed removed -> new ArchiveGoneView(id, true);
        case Retainer.Step.Busy busy -> throw busy();
        case Retainer.Step.Nothing nothing -> throw none();
        case Retainer.Step.Finished finished -> throw none();
      };
    } catch (IOException e) {
      throw disk(e);
    }
  }

  /** What is no id of an archive names none. */
  private static Optional<ArchiveId> id(String id) {
    try {
      return Optional.of(new ArchiveId(id));
    } catch (IllegalArgumentException e) {
      // Whoever asks for nonsense learns what whoever asks for the unknown learns.
      return Optional.empty();
    }
  }

  private static ProblemException none() {
    return new ProblemException(ProblemKind.NOT_FOUND, "There is no such finished archive.");
  }

  private TenantId unbound(RoutingContext context) {
    Caller caller = Calls.caller(context);
    if (caller.user() != null) {
      throw new ProblemException(
          ProblemKind.FORBIDDEN, "Retention is for keys that are bound to no user.");
    }
    store.requireConnected();
    return caller.tenant();
  }

  /** A policy. */
  record PolicyView(Scope scope, int keepDays, int archiveDays) {
    static PolicyView of(RetentionPolicy policy) {
      return new PolicyView(policy.scope(), policy.keepDays(), policy.archiveDays());
    }
  }

  /**
   * A policy that is no longer there.
   *
   * @param deleted always true
   */
  record PolicyGoneView(Scope scope, boolean deleted) {}

  /**
   * An archive that is no longer there.
   *
   * @param deleted always true
   */
  record ArchiveGoneView(String id, boolean deleted) {}

  /** How much is due by a policy. */
  record DueView(Scope scope, int keepDays, long memories, long versions) {
    static DueView of(RetentionPolicy policy, Retention.Due due) {
      return new DueView(policy.scope(), policy.keepDays(), due.memories(), due.versions());
    }
  }

  /**
   * What was done, or would be.
   *
   * @param due by policy, where nothing was to be done
   * @param archives that were made
   * @param removed ids of archives whose time was over
   * @param more whether something is left to do
   */
  record RunView(
      boolean dryRun,
      List<DueView> due,
      List<ArchiveView> archives,
      List<String> removed,
      boolean more) {}
}
