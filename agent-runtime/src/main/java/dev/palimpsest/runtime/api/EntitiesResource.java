package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.Entities;
import dev.palimpsest.memory.Entities.Merging;
import dev.palimpsest.memory.Entity;
import dev.palimpsest.memory.EntityId;
import dev.palimpsest.memory.EntityName;
import dev.palimpsest.memory.MemoryId;
import dev.palimpsest.memory.Page;
import dev.palimpsest.retrieval.consolidation.NameSpelling;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.Fields;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.io.InputStream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.ParameterIn;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.jspecify.annotations.Nullable;

/** Whom and what memories name: listed, given other names, merged and taken apart. */
@Path("/v1/entities")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class EntitiesResource {
  /** What an id has at most. */
  private static final int ID_CHARACTERS_MAX = 64;

  private final Entities entities;
  private final EntityAccess access;
  private final Bodies bodies;

  /** Takes its parts. */
  public EntitiesResource(Entities entities, Bodies bodies) {
    this.entities = entities;
    this.access = new EntityAccess(entities);
    this.bodies = bodies;
  }

  /** Lists entities, those that were found last first. */
  @GET
  @Operation(summary = "Lists entities")
  @Parameter(name = "user", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  @Parameter(name = "agent", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  @Parameter(name = "project", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  @Parameter(name = "kind", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  @Parameter(name = "name", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  @Parameter(name = "after", in = ParameterIn.QUERY, schema = @Schema(type = SchemaType.STRING))
  public PageView<EntityView> list(
      @Context RoutingContext context,
      @Context UriInfo uri,
      @QueryParam("limit") @Nullable String limit) {
    Caller caller = Calls.caller(context);
    Page<Entity> page =
        entities.list(
            caller.tenant(),
            MemoryQueries.entities(uri.getQueryParameters(), caller),
            Paging.limit(limit),
            MemoryQueries.afterEntity(uri.getQueryParameters()));
    return new PageView<>(page.data().stream().map(EntityView::of).toList(), page.next());
  }

  /** Shows an entity. */
  @GET
  @Path("/{id}")
  @Operation(summary = "Shows an entity with its other names")
  public EntityView find(@Context RoutingContext context, @PathParam("id") String id) {
    return EntityView.of(access.find(Calls.caller(context), id));
  }

  /** Lists where an entity's names stand, in memories newest first. */
  @GET
  @Path("/{id}/links")
  @Operation(summary = "Lists where an entity's names stand, limit memories at a time")
  public PageView<EntityView.LinkView> links(
      @Context RoutingContext context,
      @PathParam("id") String id,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("after") @Nullable String after) {
    Caller caller = Calls.caller(context);
    Entity entity = access.find(caller, id);
    int most = Paging.limit(limit);
    String begin = Paging.after(after, MemoryId::new);
    Page<Entities.Link> page =
        entities.links(
            caller.tenant(), entity.id(), most, begin == null ? null : new MemoryId(begin));
    return new PageView<>(page.data().stream().map(EntityView.LinkView::of).toList(), page.next());
  }

  /** Gives an entity another name; the same name again changes nothing. */
  @POST
  @Path("/{id}/aliases")
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Gives an entity another name")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.ALIAS))
  public EntityView alias(
      @Context RoutingContext context, @PathParam("id") String id, InputStream body) {
    Caller caller = Calls.caller(context);
    Fields fields = bodies.read(body);
    String text = fields.requiredText("name", EntityName.CHARACTERS_MAX).strip();
    EntityName name = NameSpelling.of(text).orElse(null);
    if (name == null && fields.isGood("name")) {
      fields.refuse("name", "holds no word");
    }
    fields.refuseOthers();
    fields.check();
    Entity entity = access.own(caller, id);
    if (name == null) {
      throw new IllegalStateException("what is wrong with the request was not noted");
    }
    return shown(caller, id, entities.alias(caller.tenant(), entity.id(), name), "name");
  }

  /** Merges another entity into this one, so that both are shown as one. */
  @POST
  @Path("/{id}/merges")
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Merges another entity into this one")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.MERGE))
  public EntityView merge(
      @Context RoutingContext context, @PathParam("id") String id, InputStream body) {
    Caller caller = Calls.caller(context);
    Fields fields = bodies.read(body);
    String named = fields.requiredText("entity", ID_CHARACTERS_MAX);
    fields.refuseOthers();
    fields.check();
    Entity entity = access.own(caller, id);
    EntityId other = access.seen(caller, named).map(Entity::id).orElse(null);
    if (other == null) {
      throw Paging.invalid("entity", "names no entity");
    }
    return shown(caller, id, entities.merge(caller.tenant(), entity.id(), other), "entity");
  }

  private EntityView shown(Caller caller, String id, Merging merging, String field) {
    return switch (merging) {
      case DONE -> EntityView.of(standing(caller, access.find(caller, id)));
      case ABSENT -> throw EntityAccess.none();
      case OTHER_SCOPE -> throw Paging.invalid("entity", "is of another scope");
      case TOO_MANY ->
          throw Paging.invalid(
              field, "would be too many names; an entity has " + Entities.ALIASES_MAX + " others");
    };
  }

  /** Whom an entity stands for, which is where its names are. */
  private Entity standing(Caller caller, Entity entity) {
    EntityId into = entity.mergedInto();
    return into == null ? entity : access.find(caller, into.value());
  }

  /** Undoes the merge of another entity into this one, whoever made it; no rule makes it again. */
  @DELETE
  @Path("/{id}/merges/{other}")
  @Operation(summary = "Undoes the merge of another entity into this one")
  public EntityView undo(
      @Context RoutingContext context,
      @PathParam("id") String id,
      @PathParam("other") String other) {
    Caller caller = Calls.caller(context);
    Entity entity = access.own(caller, id);
    EntityId merged = access.find(caller, other).id();
    if (!entities.undo(caller.tenant(), entity.id(), merged)) {
      throw EntityAccess.none();
    }
    return EntityView.of(access.find(caller, id));
  }
}
