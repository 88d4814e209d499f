package dev.palimpsest.runtime.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.palimpsest.memory.Scope;
import dev.palimpsest.retrieval.RecallMode;
import dev.palimpsest.retrieval.selftest.SelfTest;
import dev.palimpsest.retrieval.selftest.SelfTestPlan;
import dev.palimpsest.retrieval.selftest.SelfTestReport;
import dev.palimpsest.runtime.bridge.StoreLink;
import dev.palimpsest.runtime.guard.Caller;
import dev.palimpsest.runtime.guard.Fields;
import dev.palimpsest.runtime.guard.Names;
import dev.palimpsest.runtime.guard.ProblemException;
import dev.palimpsest.runtime.guard.ProblemKind;
import dev.palimpsest.runtime.ops.RecallMetrics;
import dev.palimpsest.runtime.recall.Searches;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;

/** Whether what is remembered is found; one test at a time, since each is many searches. */
@Path("/v1/memories/self-test")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class SelfTestResource {
  private static final int MEMORIES_DEFAULT = 50;

  /** Less than clients wait for an answer. */
  private static final Duration TIME = Duration.ofSeconds(20);

  private final SelfTest test;
  private final Searches searches;
  private final StoreLink store;
  private final RecallMetrics metrics;
  private final Bodies bodies;
  private final Semaphore running = new Semaphore(1);

  /** Takes its parts. */
  public SelfTestResource(
      SelfTest test, Searches searches, StoreLink store, RecallMetrics metrics, Bodies bodies) {
    this.test = test;
    this.searches = searches;
    this.store = store;
    this.metrics = metrics;
    this.bodies = bodies;
  }

  /** Asks for a sample of memories by their own words and tells how many came back. */
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Operation(summary = "Tries whether memories are found by their own words")
  @RequestBody(
      required = true,
      content =
          @Content(
              mediaType = MediaType.APPLICATION_JSON,
              schema = @Schema(type = SchemaType.OBJECT),
              example = RequestBodies.SELF_TEST))
  public SelfTestView run(@Context RoutingContext context, InputStream body) {
    Caller caller = Calls.caller(context);
    SelfTestPlan plan = plan(bodies.read(body), caller);
    store.requireConnected();
    if (!running.tryAcquire()) {
      throw new ProblemException(
          ProblemKind.OVERLOADED, "Another self-test is running; it ends within 20 seconds.");
    }
    try {
      SelfTestReport report = test.run(caller.tenant(), plan);
      metrics.tested(report);
      return SelfTestView.of(report);
    } finally {
      running.release();
    }
  }

  private SelfTestPlan plan(Fields fields, Caller caller) {
    Integer memories = fields.wholeNumber("memories", 1, SelfTestPlan.MEMORIES_MAX);
    Long seed = fields.wholeNumber("seed");
    Scope scope = SessionRequests.bound(SessionRequests.scope(fields), caller);
    fields.refuseOthers();
    fields.check();
    List<RecallMode> modes =
        searches.knowsMeaning(caller.tenant(), null)
            ? List.of(RecallMode.LEXICAL, RecallMode.DENSE, RecallMode.HYBRID)
            : List.of(RecallMode.LEXICAL);
    return new SelfTestPlan(
        scope,
        memories == null ? MEMORIES_DEFAULT : memories,
        seed == null ? 0 : seed,
        modes,
        TIME);
  }

  /**
   * What came of it.
   *
   * @param seen memories that the sample was drawn from
   * @param asked memories that were asked for
   * @param complete whether the time sufficed for the sample
   */
  record SelfTestView(
      int seen, int asked, boolean complete, List<ScoreView> scores, List<MissedView> missed) {
    static SelfTestView of(SelfTestReport report) {
      return new SelfTestView(
          report.seen(),
          report.asked(),
          report.isWhole(),
          report.scores().stream().map(ScoreView::of).toList(),
          report.missed().stream().map(MissedView::of).toList());
    }
  }

  /** How often a memory came back, as shares of the memories that were asked for. */
  record ScoreView(
      String question,
      String mode,
      @JsonProperty("found_at_1") double first,
      @JsonProperty("found_at_10") double amongTen,
      @JsonProperty("mrr_at_10") double reciprocal) {
    static ScoreView of(SelfTestReport.Score score) {
      return new ScoreView(
          Names.of(score.form()),
          Names.of(score.mode()),
          score.first(),
          score.amongTen(),
          score.reciprocal());
    }
  }

  /** A memory that was not among the first ten. */
  record MissedView(String memory, String question, String mode) {
    static MissedView of(SelfTestReport.Missed missed) {
      return new MissedView(
          missed.memory().value(), Names.of(missed.form()), Names.of(missed.mode()));
    }
  }
}
