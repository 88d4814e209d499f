package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.AgentId;
import dev.palimpsest.memory.session.AgentVersion;
import dev.palimpsest.memory.session.NewSession;
import dev.palimpsest.memory.session.SamplingOptions;
import dev.palimpsest.memory.session.Session;
import dev.palimpsest.memory.session.SessionId;
import dev.palimpsest.memory.session.Shaping;
import jakarta.persistence.Column;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A row of {@code session}: its settings. Where its log stands is {@link SessionState}. */
@Entity
@Table(name = "session")
@IdClass(SessionRow.Key.class)
class SessionRow {
  record Key(String tenantId, String sessionId) {}

  @Id
  @Column(name = "tenant_id")
  String tenantId;

  @Id
  @Column(name = "session_id")
  String sessionId;

  @Embedded ScopeColumns scope;

  @Nullable String title;

  @Column(updatable = false)
  @Nullable String model;

  @Nullable String instructions;

  @Column(name = "context_budget_tokens", updatable = false)
  @Nullable Integer contextBudgetTokens;

  @Column(name = "sampling_temperature")
  @Nullable Double samplingTemperature;

  @Column(name = "sampling_top_k")
  @Nullable Integer samplingTopK;

  @Column(name = "sampling_top_p")
  @Nullable Double samplingTopP;

  @Column(name = "sampling_min_p")
  @Nullable Double samplingMinP;

  @Column(name = "sampling_seed")
  @Nullable Long samplingSeed;

  @Column(name = "agent_id", updatable = false)
  @Nullable String agentId;

  @Column(name = "agent_version", updatable = false)
  @Nullable Integer agentVersion;

  @Column @Nullable String tools;

  @Column(name = "idempotency_key", updatable = false)
  @Nullable String idempotencyKey;

  @Column(name = "request_sha256", nullable = false, updatable = false)
  byte[] requestHash;

  @Column(name = "created_at", nullable = false, updatable = false)
  Instant createdAt;

  @Column(name = "updated_at", nullable = false)
  Instant updatedAt;

  @Column(name = "last_event", nullable = false, updatable = false)
  long lastEvent;

  @SuppressWarnings("NullAway.Init")
  SessionRow() {}

  SessionRow(TenantId tenant, SessionId id, NewSession asked, byte[] requestHash, Instant now) {
    NewSession request = asked.settled();
    tenantId = tenant.value();
    sessionId = id.value();
    scope = ScopeColumns.of(request.scope());
    title = request.title();
    model = request.model();
    instructions = request.instructions();
    contextBudgetTokens = request.contextBudgetTokens();
    idempotencyKey = request.idempotencyKey();
    this.requestHash = requestHash;
    createdAt = now;
    updatedAt = now;
    setSampling(request.sampling());
    tools = ToolColumn.of(request.tools());
    setAgent(asked.agent() == null ? null : asked.agent().pin());
  }

  final void setAgent(@Nullable AgentVersion pin) {
    agentId = pin == null ? null : pin.id().value();
    agentVersion = pin == null ? null : pin.version();
  }

  final void setSampling(@Nullable SamplingOptions options) {
    SamplingOptions sampling = options == null ? SamplingOptions.NONE : options;
    if (!sampling.shaping().equals(Shaping.NONE)) {
      throw new IllegalArgumentException("a session keeps no shaping of its sampling");
    }
    samplingTemperature = sampling.temperature();
    samplingTopK = sampling.topK();
    samplingTopP = sampling.topP();
    samplingMinP = sampling.minP();
    samplingSeed = sampling.seed();
  }

  Session session() {
    SamplingOptions sampling =
        new SamplingOptions(
            samplingTemperature, samplingTopK, samplingTopP, samplingMinP, samplingSeed);
    return new Session(
        new SessionId(sessionId),
        title,
        model,
        instructions,
        scope.scope(),
        contextBudgetTokens,
        sampling,
        createdAt,
        updatedAt,
        lastEvent,
        agentId == null || agentVersion == null
            ? null
            : new AgentVersion(new AgentId(agentId), agentVersion),
        ToolColumn.tools(tools));
  }
}
