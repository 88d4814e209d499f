-- Agents, each version a row, and which version a session began with.
--
-- Why: what an agent says is made once and used by many sessions; a model may call tools.
-- Lock: ACCESS EXCLUSIVE on session, for as long as the catalogue takes; no row is rewritten.
-- Expected duration on a million rows: milliseconds, and a scan of session for the check.
-- Undo: DROP TABLE agent; ALTER TABLE session DROP COLUMN agent_id, DROP COLUMN agent_version,
--   DROP COLUMN tools;
--   sessions have taken over what their agent said, and go on.
--
-- A row is never updated. A version names the one before it, which nobody else may name: of two
-- changes at once one comes second and begins anew, and none brings back an agent that is deleted.

CREATE TABLE agent (
  tenant_id            text COLLATE "C" NOT NULL CHECK (tenant_id ~ '^[a-z0-9_-]{1,63}$'),
  agent_id             text COLLATE "C" NOT NULL,
  version              integer          NOT NULL CHECK (version > 0),
  version_before       integer          CHECK (version_before = version - 1),
  scope_user           text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent          text COLLATE "C" NOT NULL DEFAULT '',
  scope_project        text COLLATE "C" NOT NULL DEFAULT '',
  name                 text             NOT NULL CHECK (name <> ''),
  instructions         text             NOT NULL,
  model                text,
  sampling_temperature double precision,
  sampling_top_k       integer,
  sampling_top_p       double precision,
  sampling_min_p       double precision,
  sampling_seed        bigint,
  tools                text             CHECK (tools IS JSON OBJECT),
  idempotency_key      text COLLATE "C",
  request_sha256       bytea            CHECK (octet_length(request_sha256) = 32),
  created_at           timestamptz      NOT NULL,
  updated_at           timestamptz      NOT NULL,
  PRIMARY KEY (tenant_id, agent_id, version),
  FOREIGN KEY (tenant_id, agent_id, version_before) REFERENCES agent (tenant_id, agent_id, version),
  CHECK ((version = 1) = (version_before IS NULL)),
  CHECK ((version = 1) = (request_sha256 IS NOT NULL)),
  CHECK (version = 1 OR idempotency_key IS NULL)
);
COMMENT ON COLUMN agent.request_sha256 IS 'of the request that made the agent: tells a repeat from another request under the same key';
COMMENT ON COLUMN agent.created_at IS 'of the first version';
COMMENT ON COLUMN agent.updated_at IS 'of this version';

CREATE UNIQUE INDEX agent_idempotency
  ON agent (tenant_id, scope_user, scope_agent, scope_project, idempotency_key)
  WHERE idempotency_key IS NOT NULL;

ALTER TABLE agent ENABLE ROW LEVEL SECURITY;
ALTER TABLE agent FORCE  ROW LEVEL SECURITY;

CREATE POLICY own_tenant ON agent
  USING (tenant_id = current_setting('palimpsest.tenant', true));

GRANT SELECT, INSERT, DELETE ON agent TO palimpsest_app;

-- No foreign key: a session outlives its agent.
ALTER TABLE session
  ADD COLUMN agent_id      text COLLATE "C",
  ADD COLUMN agent_version integer,
  ADD COLUMN tools         text CHECK (tools IS JSON OBJECT),
  ADD CHECK ((agent_id IS NULL) = (agent_version IS NULL));
COMMENT ON COLUMN agent.tools IS 'null for none';
COMMENT ON COLUMN session.tools IS 'null for none';
COMMENT ON COLUMN session.agent_version IS 'of the agent that the session began with';
