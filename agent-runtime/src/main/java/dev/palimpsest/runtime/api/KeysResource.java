package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import dev.palimpsest.memory.ApiKey;
import dev.palimpsest.memory.KeyId;
import dev.palimpsest.memory.NewKey;
import dev.palimpsest.memory.Page;
import dev.palimpsest.memory.Right;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.guard.Names;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
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
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.net.URI;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.jspecify.annotations.Nullable;

/** The tenant's API keys; only for callers with the right {@code admin}. */
@Path("/v1/keys")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class KeysResource {
  private final StoreLink store;
  private final Bodies bodies;

  /** Takes its parts. */
  public KeysResource(StoreLink store, Bodies bodies) {
    this.store = store;
    this.bodies = bodies;
  }

  /** Makes a key; its text is shown this once. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Makes a key")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.KEY))
  public Response create(@Context RoutingContext context, InputStream body) {
    Caller caller = admin(context);
    Fields fields = bodies.read(body);
    String name = fields.requiredText("name", ApiKey.NAME_CHARACTERS_MAX);
    if (name.isEmpty() && fields.isGood("name")) {
      fields.refuse("name", "is empty");
    }
    Set<Right> rights = rights(fields);
    String user = fields.text("user", Scope.CHARACTERS_MAX);
    if (user != null && user.isEmpty()) {
      fields.refuse("user", "is empty; leave it out instead");
    }
    fields.refuseOthers();
    fields.check();
    NewKey made = store.keys().create(caller.tenant(), name, rights, user);
    return Response.created(URI.create("/v1/keys/" + made.key().id()))
        .entity(KeyView.of(made.key(), made.secret()))
        .build();
  }

  /** Lists the keys of the tenant, newest first. */
  @GET
  @Operation(summary = "Lists keys")
  public PageView<KeyView> list(
      @Context RoutingContext context,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("after") @Nullable String after) {
    Caller caller = admin(context);
    String from = Paging.after(after, KeyId::new);
    Page<ApiKey> page = store.keys().list(caller.tenant(), Paging.limit(limit), from);
    return new PageView<>(
        page.data().stream().map(key -> KeyView.of(key, null)).toList(), page.next());
  }

  /** Ends a key for good. */
  @DELETE
  @Path("/{id}")
  @Operation(summary = "Revokes a key")
  public RevokeView revoke(@Context RoutingContext context, @PathParam("id") String id) {
    Caller caller = admin(context);
    Optional<KeyId> key = key(id);
    if (key.isEmpty() || !store.keys().revoke(caller.tenant(), key.get())) {
      throw new ProblemException(ProblemKind.NOT_FOUND, "There is no such key.");
    }
    return new RevokeView(id, true);
  }

  /**
   * A key that is no longer good.
   *
   * @param id its name
   * @param revoked always true
   */
  record RevokeView(String id, boolean revoked) {}

  /**
   * A key as JSON.
   *
   * @param key the text to present, shown once, when it is made
   */
  record KeyView(
      String id,
      String name,
      List<String> rights,
      @Nullable String user,
      Instant createdAt,
      @Nullable Instant revokedAt,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String key) {
    static KeyView of(ApiKey key, @Nullable String secret) {
      List<String> rights =
          Stream.of(Right.values()).filter(key.rights()::contains).map(Names::of).toList();
      return new KeyView(
          key.id().value(),
          key.name(),
          rights,
          key.user(),
          key.createdAt(),
          key.revokedAt(),
          secret);
    }
  }

  /** Looked at here too, whatever was looked at before. */
  private static Caller admin(RoutingContext context) {
    Caller caller = Calls.caller(context);
    caller.require(Right.ADMIN);
    return caller;
  }

  private static Optional<KeyId> key(String id) {
    try {
      return Optional.of(new KeyId(id));
    } catch (IllegalArgumentException e) {
      // What is not a key id names no key.
      return Optional.empty();
    }
  }

  private static Set<Right> rights(Fields fields) {
    Set<Right> rights = EnumSet.noneOf(Right.class);
    for (JsonNode element : fields.elements("rights")) {
      Optional<Right> right =
          Stream.of(Right.values()).filter(r -> Names.of(r).equals(element.textValue())).findAny();
      right.ifPresentOrElse(
          rights::add, () -> fields.refuse("rights", "is a list of read, write, admin"));
    }
    if (rights.isEmpty() && fields.isGood("rights")) {
      fields.refuse("rights", "must be a list of at least one of read, write, admin");
    }
    return rights;
  }
}
