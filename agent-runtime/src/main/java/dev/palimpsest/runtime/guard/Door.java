package dev.palimpsest.runtime.guard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.palimpsest.memory.MemoryStoreException;
import io.vertx.core.Context;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks at every request before anything else does: its {@code Host}, its {@code Origin}, its
 * declared size and, under {@code /v1}, its key. A WebSocket upgrade is a request like any other
 * here. Runs on the event loop; only the look-up of a key moves to a virtual thread.
 */
public final class Door {
  private static final String CALLER = Door.class.getName() + ".caller";

  /** Where OpenAI's clients ask, who read errors in their own form. */
  private static final String DIALECT = "/v1/chat/";

  private static final Set<String> FOREIGN_SITES = Set.of("cross-site", "same-site");

  private final AddressRules addresses;
  private final KeyCheck keys;
  private final long bodyBytesMax;
  private final ObjectMapper json;

  /**
   * Takes the rules.
   *
   * @param bodyBytesMax a body at most
   * @param json writes problem documents
   */
  public Door(AddressRules addresses, KeyCheck keys, long bodyBytesMax, ObjectMapper json) {
    this.addresses = addresses;
    this.keys = keys;
    this.bodyBytesMax = bodyBytesMax;
    this.json = json;
  }

  /** Who calls, as found out at the door; the owner where no keys are asked for. */
  public static Caller caller(RoutingContext context) {
    Caller caller = context.get(CALLER);
    return caller == null ? Caller.OWNER : caller;
  }

  /** Lets a request pass or answers it. */
  public void meet(RoutingContext context) {
    Optional<Problem> problem = problem(context.request());
    if (problem.isPresent()) {
      refuse(context, problem.get());
    } else if (keys.asksForKeys() && context.normalizedPath().startsWith("/v1")) {
      Context loop = context.vertx().getOrCreateContext();
      Thread.ofVirtual()
          .uncaughtExceptionHandler((thread, e) -> loop.runOnContext(none -> context.fail(e)))
          .start(() -> ask(context, loop));
    } else {
      context.next();
    }
  }

  /** Answers with a problem document and nothing else. */
  public void refuse(RoutingContext context, Problem problem) {
    if (problem.status() == ProblemKind.UNAUTHENTICATED.status()) {
      context.response().putHeader("WWW-Authenticate", "Bearer");
    }
    boolean isDialect = context.normalizedPath().startsWith(DIALECT);
    context
        .response()
        .setStatusCode(problem.status())
        .putHeader(HttpHeaders.CONTENT_TYPE, isDialect ? "application/json" : Problem.MEDIA_TYPE)
        // What is left of a body that nobody reads would be taken for the next request.
        .putHeader(HttpHeaders.CONNECTION, "close")
        .end(write(isDialect ? DialectError.of(problem) : problem));
  }

  private Optional<Problem> problem(HttpServerRequest request) {
    List<String> hosts = request.headers().getAll(HttpHeaders.HOST);
    String host = request.authority() == null ? null : request.authority().toString();
    if (hosts.size() > 1 || !request.uri().startsWith("/") || !addresses.admitsHost(host)) {
      return refused(ProblemKind.FOREIGN_HOST, "Ask for one of the names this service listens to.");
    }
    String name = host == null ? "" : host;
    List<String> origins = request.headers().getAll(HttpHeaders.ORIGIN);
    if (!origins.stream().allMatch(origin -> addresses.admitsOrigin(origin, name))) {
      return refused(ProblemKind.FOREIGN_ORIGIN, "A page of another origin may not ask here.");
    }
    if (origins.isEmpty() && isForeignPage(request)) {
      return refused(ProblemKind.FOREIGN_ORIGIN, "A page of another site may not ask here.");
    }
    return tooLarge(request.getHeader(HttpHeaders.CONTENT_LENGTH));
  }

  /** A browser's own word on requests that carry no origin; following a link is no harm. */
  private static boolean isForeignPage(HttpServerRequest request) {
    String site = request.getHeader("Sec-Fetch-Site");
    boolean isLink =
        "navigate".equals(request.getHeader("Sec-Fetch-Mode"))
            && "GET".equals(request.method().name());
    return site != null && FOREIGN_SITES.contains(site) && !isLink;
  }

  private Optional<Problem> tooLarge(@Nullable String length) {
    boolean isTooLarge = length != null && (length.length() > 18 || isAboveLimit(length));
    return isTooLarge
        ? refused(ProblemKind.TOO_LARGE, "A body has at most " + bodyBytesMax + " bytes.")
        : Optional.empty();
  }

  private boolean isAboveLimit(String length) {
    boolean isNumber = !length.isEmpty() && length.chars().allMatch(c -> c >= '0' && c <= '9');
    return isNumber && Long.parseLong(length) > bodyBytesMax;
  }

  private static Optional<Problem> refused(ProblemKind kind, String detail) {
    return Optional.of(Problem.of(kind, detail));
  }

  /** On a virtual thread; what happens to the request happens on its event loop again. */
  private void ask(RoutingContext context, Context loop) {
    Entry entry = entry(context);
    loop.runOnContext(none -> {
      switch (entry) {
        case Entry.In(Caller caller) -> context.put(CALLER, caller).next();
        case Entry.Out(Problem problem) -> refuse(context, problem);
      }
    });
  }

  private Entry entry(RoutingContext context) {
    HttpServerRequest request = context.request();
    try {
      Caller caller =
          keys.caller(
              request.getHeader(HttpHeaders.AUTHORIZATION),
              request.headers().getAll("Sec-WebSocket-Protocol"));
      caller.require(
          KeyCheck.rightFor(context.request().method().name(), context.normalizedPath()));
      return new Entry.In(caller);
    } catch (ProblemException e) {
      return new Entry.Out(e.problem());
    } catch (MemoryStoreException e) {
      ProblemKind kind = e.isUnavailable() ? ProblemKind.STORE_UNAVAILABLE : ProblemKind.INTERNAL;
      return new Entry.Out(Problem.of(kind, "The key could not be looked up."));
    }
  }

  /** What the look-up of a key came to. */
  private sealed interface Entry {
    record In(Caller caller) implements Entry {}

    record Out(Problem problem) implements Entry {}
  }

  private String write(Object problem) {
    try {
      return json.writeValueAsString(problem);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a problem can always be written", e);
    }
  }
}
