package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.EmbeddingSpaces;
import dev.palimpsest.memory.KeptSpace;
import dev.palimpsest.memory.NewSpace;
import dev.palimpsest.memory.Right;
import dev.palimpsest.memory.SpaceChange;
import dev.palimpsest.memory.SpaceCreation;
import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.runtime.bridge.Embedders;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import dev.palimpsest.runtime.recall.Followers;
import dev.palimpsest.runtime.recall.TenantSpaces;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;

/**
 * The tenant's embedding spaces: made, watched while they fill, switched, dropped. Only for callers
 * with the right {@code admin} whose key is bound to no user, since all users are searched for in
 * one space.
 */
@Path("/v1/embeddings/spaces")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class SpacesResource {
  private final StoreLink store;
  private final TenantSpaces spaces;
  private final Embedders embedders;
  private final Followers followers;
  private final Bodies bodies;

  /** Takes its parts. */
  public SpacesResource(
      StoreLink store,
      TenantSpaces spaces,
      Embedders embedders,
      Followers followers,
      Bodies bodies) {
    this.store = store;
    this.spaces = spaces;
    this.embedders = embedders;
    this.followers = followers;
    this.bodies = bodies;
  }

  /** Makes a space for a model, which is filled from then on; a repeat gets the same one. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Makes an embedding space")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.SPACE))
  public Response create(@Context RoutingContext context, InputStream body) {
    TenantId tenant = admin(context);
    NewSpace wanted = wanted(bodies.read(body));
    return switch (store.spaces().create(tenant, wanted, embedders.standardAsNew())) {
      case SpaceCreation.Created(KeptSpace made) -> {
        followers.following().wake();
        yield Response.created(URI.create("/v1/embeddings/spaces/" + made.id()))
            .entity(view(tenant, made))
            .build();
      }
      case SpaceCreation.Existing(KeptSpace known) -> {
        if (known.state() == KeptSpace.State.DROPPED) {
          throw refused(
              "The space '" + known.id() + "' is being dropped; ask again when it is gone.");
        }
        yield Response.ok(view(tenant, known)).build();
      }
      case SpaceCreation.Full full ->
          throw refused("There are " + EmbeddingSpaces.SPACES_MAX + " spaces; drop one first.");
    };
  }

  /** Lists the spaces, the oldest first. */
  @GET
  @Operation(summary = "Lists embedding spaces")
  public PageView<SpaceView> list(@Context RoutingContext context) {
    TenantId tenant = admin(context);
    List<SpaceView> all = spaces.all(tenant).stream().map(space -> view(tenant, space)).toList();
    return new PageView<>(all, null);
  }

  /** Shows a space and how far it is filled. */
  @GET
  @Path("/{id}")
  @Operation(summary = "Shows an embedding space")
  public SpaceView find(@Context RoutingContext context, @PathParam("id") String id) {
    TenantId tenant = admin(context);
    return view(tenant, spaces.find(tenant, id).orElseThrow(SpacesResource::none));
  }

  /** Searches in this space from now on; the one before is filled further and can come back. */
  @POST
  @Path("/{id}/activate")
  @Operation(summary = "Switches to an embedding space")
  public SpaceView activate(
      @Context RoutingContext context, @PathParam("id") String id, InputStream body) {
    TenantId tenant = admin(context);
    Fields fields = bodies.readOptional(body);
    fields.refuseOthers();
    fields.check();
    KeptSpace asked = spaces.find(tenant, id).orElseThrow(SpacesResource::none);
    if (asked.createdAt() == null) {
      return view(tenant, asked);
    }
    if (!embedders.mayServe(id)) {
      throw refused("The model of the space is not loaded; questions could not be asked in it.");
    }
    return switch (store.spaces().activate(tenant, id)) {
      case SpaceChange.Done(KeptSpace active) -> {
        followers.following().wake();
        yield view(tenant, active);
      }
      case SpaceChange.Refused refused ->
          throw refused("The space is still filling; its 'progress' says how far it is.");
      case SpaceChange.Missing missing -> throw none();
    };
  }

  /** Drops a space that is not active; its vectors are removed in the background. */
  @DELETE
  @Path("/{id}")
  @Operation(summary = "Drops an embedding space")
  public DropView drop(@Context RoutingContext context, @PathParam("id") String id) {
    TenantId tenant = admin(context);
    KeptSpace asked = spaces.find(tenant, id).orElseThrow(SpacesResource::none);
    if (asked.createdAt() == null) {
      throw active();
    }
    return switch (store.spaces().drop(tenant, id)) {
      case SpaceChange.Done done -> {
        followers.following().wake();
        yield new DropView(id, true);
      }
      case SpaceChange.Refused refused -> throw active();
      case SpaceChange.Missing missing -> throw none();
    };
  }

  /**
   * A space that takes no more vectors; it is listed as dropped until the last of them is removed.
   *
   * @param dropped always true
   */
  record DropView(String id, boolean dropped) {}

  private NewSpace wanted(Fields fields) {
    String model = fields.requiredText("model", NewSession.MODEL_CHARACTERS_MAX);
    fields.refuseOthers();
    NewSpace wanted = fields.isGood("model") ? embedders.named(model).orElse(null) : null;
    if (wanted == null && fields.isGood("model")) {
      fields.refuse("model", "makes no vectors here; there are " + embedders.names());
    }
    fields.check();
    if (wanted == null) {
      throw new IllegalStateException("what is refused does not come here");
    }
    return wanted;
  }

  private SpaceView view(TenantId tenant, KeptSpace space) {
    boolean isDropped = space.state() == KeptSpace.State.DROPPED;
    return SpaceView.of(
        space,
        store.spaces().progress(tenant, space.made().space()),
        isDropped ? null : followers.trouble(space.id()).orElse(null));
  }

  private static TenantId admin(RoutingContext context) {
    Caller caller = Calls.caller(context);
    caller.require(Right.ADMIN);
    if (caller.user() != null) {
      throw new ProblemException(
          ProblemKind.FORBIDDEN, "The key is bound to a user, and spaces are everybody's.");
    }
    return caller.tenant();
  }

  private static ProblemException refused(String detail) {
    return new ProblemException(ProblemKind.SPACE_STATE, detail);
  }

  private static ProblemException active() {
    return refused("The space is active; switch to another one first.");
  }

  private static ProblemException none() {
    return new ProblemException(ProblemKind.NOT_FOUND, "There is no such embedding space.");
  }
}
