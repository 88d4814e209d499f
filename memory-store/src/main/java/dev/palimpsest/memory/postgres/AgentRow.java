package dev.palimpsest.memory.postgres;

import dev.palimpsest.memory.TenantId;
import dev.palimpsest.memory.session.Agent;
import dev.palimpsest.memory.session.AgentId;
import dev.palimpsest.memory.session.AgentSettings;
import dev.palimpsest.memory.session.NewAgent;
import dev.palimpsest.memory.session.SamplingOptions;
import jakarta.persistence.Column;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A row of {@code agent}: one version, which is inserted and never updated. */
@Entity
@Table(name = "agent")
@IdClass(AgentRow.Key.class)
class AgentRow {
  record Key(String tenantId, String agentId, int version) {}

  @Id
  @Column(name = "tenant_id")
  String tenantId;

  @Id
  @Column(name = "agent_id")
  String agentId;

  @Id int version;

  @Column(name = "version_before", updatable = false)
  @Nullable Integer versionBefore;

  @Embedded ScopeColumns scope;

  @Column(nullable = false, updatable = false)
  String name;

  @Column(nullable = false, updatable = false)
  String instructions;

  @Column(updatable = false)
  @Nullable String model;

  @Column(name = "sampling_temperature", updatable = false)
  @Nullable Double samplingTemperature;

  @Column(name = "sampling_top_k", updatable = false)
  @Nullable Integer samplingTopK;

  @Column(name = "sampling_top_p", updatable = false)
  @Nullable Double samplingTopP;

  @Column(name = "sampling_min_p", updatable = false)
  @Nullable Double samplingMinP;

  @Column(name = "sampling_seed", updatable = false)
  @Nullable Long samplingSeed;

  @Column(updatable = false)
  @Nullable String tools;

  @Column(name = "idempotency_key", updatable = false)
  @Nullable String idempotencyKey;

  @Column(name = "request_sha256", updatable = false)
  byte @Nullable [] requestHash;

  @Column(name = "created_at", nullable = false, updatable = false)
  Instant createdAt;

  @Column(name = "updated_at", nullable = false, updatable = false)
  Instant updatedAt;

  @SuppressWarnings("NullAway.Init")
  AgentRow() {}

  /** The first version. */
  AgentRow(TenantId tenant, AgentId id, NewAgent request, byte[] requestHash, Instant now) {
    this(tenant, new Agent(id, 1, request.scope(), request.settings(), now, now));
    idempotencyKey = request.idempotencyKey();
    this.requestHash = requestHash;
  }

  /** A version. */
  AgentRow(TenantId tenant, Agent agent) {
    tenantId = tenant.value();
    agentId = agent.id().value();
    version = agent.version();
    versionBefore = version == 1 ? null : version - 1;
    scope = ScopeColumns.of(agent.scope());
    AgentSettings settings = agent.settings();
    name = settings.name();
    instructions = settings.instructions();
    model = settings.model();
    SamplingOptions sampling =
        settings.sampling() == null ? SamplingOptions.NONE : settings.sampling();
    samplingTemperature = sampling.temperature();
    samplingTopK = sampling.topK();
    samplingTopP = sampling.topP();
    samplingMinP = sampling.minP();
    samplingSeed = sampling.seed();
    tools = ToolColumn.of(settings.tools());
    createdAt = agent.createdAt();
    updatedAt = agent.updatedAt();
  }

  Agent agent() {
    SamplingOptions sampling =
        new SamplingOptions(
            samplingTemperature, samplingTopK, samplingTopP, samplingMinP, samplingSeed);
    return new Agent(
        new AgentId(agentId),
        version,
        scope.scope(),
        new AgentSettings(name, instructions, model, sampling, ToolColumn.tools(tools)),
        createdAt,
        updatedAt);
  }
}
