package dev.palimpsest.runtime.api;

import dev.palimpsest.memory.MemoryStoreException;
import dev.palimpsest.runtime.guard.Problem;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import dev.palimpsest.runtime.socket.TurnProblems;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Makes a problem document of everything that goes wrong in a request. */
public class ProblemMapper {
  private static final Logger LOG = Logger.getLogger(ProblemMapper.class);

  /** What our own code refused. */
  @ServerExceptionMapper
  public Response map(ProblemException e) {
    return answer(e.problem());
  }

  /** The store failed or is away. */
  @ServerExceptionMapper
  public Response map(MemoryStoreException e) {
    if (e.isUnavailable()) {
      LOG.warnf("request=failed why=store_away operation=%s", e.operation());
    } else {
      LOG.errorf(e, "request=failed why=store operation=%s", e.operation());
    }
    return answer(TurnProblems.of(e));
  }

  /** What the framework refused: unknown paths, methods, media types. */
  @ServerExceptionMapper
  public Response map(WebApplicationException e) {
    Response answer = e.getResponse();
    Response.ResponseBuilder problem = builder(problem(answer.getStatus(), e));
    List<Object> allowed = answer.getHeaders().get("Allow");
    if (allowed != null) {
      allowed.forEach(value -> problem.header("Allow", value));
    }
    return problem.build();
  }

  /** A bug of ours. */
  @ServerExceptionMapper
  public Response map(RuntimeException e) {
    LOG.error("request=failed why=unforeseen", e);
    return answer(Problem.of(ProblemKind.INTERNAL, "The service's log says what."));
  }

  static Problem problem(int status, Exception e) {
    return switch (status) {
      case 404 -> Problem.of(ProblemKind.NOT_FOUND, "There is nothing at this address.");
      case 405 ->
          Problem.of(ProblemKind.METHOD_NOT_ALLOWED, "This address is there for other methods.");
      case 406 -> Problem.of(ProblemKind.NOT_ACCEPTABLE, "This is answered as application/json.");
      case 413 -> Problem.of(ProblemKind.TOO_LARGE, "The body is larger than allowed.");
      case 415 ->
          Problem.of(ProblemKind.UNSUPPORTED_MEDIA_TYPE, "Send 'Content-Type: application/json'.");
      default -> {
        if (status / 100 == 4) {
          yield Problem.of(ProblemKind.BAD_HTTP, String.valueOf(e.getMessage()));
        }
        LOG.error("request=failed why=framework", e);
        yield Problem.of(ProblemKind.INTERNAL, "The service's log says what.");
      }
    };
  }

  private static Response answer(Problem problem) {
    return builder(problem).build();
  }

  private static Response.ResponseBuilder builder(Problem problem) {
    return Response.status(problem.status()).type(Problem.MEDIA_TYPE).entity(problem);
  }
}
