-- Sessions, their append-only event log, and the order in which a tenant's writes became visible.
--
-- Why: the first tables. Everything known about a session is a fold over session_event.
-- Lock: none that anybody could wait for; the tables are new.
-- Expected duration on a million rows: none; there are no rows yet (milliseconds).
-- Undo: DROP TABLE change, session_event, session, tenant_head; this loses every session.
--
-- Rules of this and every later migration:
-- * tenant_id leads every primary key, unique index and foreign key, so that every table can be
--   distributed by it; no sequences, no triggers.
-- * Row-level security is on and forced. The service names its tenant in each transaction by
--   set_config('palimpsest.tenant', …, true); where none is named no row is seen and none is taken.
--   It binds the owner too: a migration that touches rows sets the tenant one by one.
-- * A scope column that is not used holds '', so that scopes can stand in unique indexes.
-- * Ids are compared byte by byte (COLLATE "C"), as the program compares them.
--
-- Change numbers: a write transaction first does all its other work, takes tenant_head's row LAST,
-- and only then inserts the rows that carry the number. The row stays locked until the commit, so
-- numbers become visible in their order, and whoever has read up to n misses nothing below it.

CREATE TABLE tenant_head (
  tenant_id     text COLLATE "C" NOT NULL CHECK (tenant_id ~ '^[a-z0-9_-]{1,63}$'),
  change_number bigint           NOT NULL CHECK (change_number > 0),
  PRIMARY KEY (tenant_id)
);
COMMENT ON TABLE tenant_head IS 'one row per tenant: the newest change number';

CREATE TABLE session (
  tenant_id             text COLLATE "C" NOT NULL,
  session_id            text COLLATE "C" NOT NULL,
  scope_user            text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent           text COLLATE "C" NOT NULL DEFAULT '',
  scope_project         text COLLATE "C" NOT NULL DEFAULT '',
  title                 text,
  model                 text,
  instructions          text,
  context_budget_tokens integer,
  sampling_temperature  double precision,
  sampling_top_k        integer,
  sampling_top_p        double precision,
  sampling_min_p        double precision,
  sampling_seed         bigint,
  idempotency_key       text COLLATE "C",
  request_sha256        bytea            NOT NULL CHECK (octet_length(request_sha256) = 32),
  created_at            timestamptz      NOT NULL,
  updated_at            timestamptz      NOT NULL,
  last_event            bigint           NOT NULL CHECK (last_event >= 0),
  open_turn             text COLLATE "C",
  lease_owner           text COLLATE "C",
  lease_until           timestamptz,
  PRIMARY KEY (tenant_id, session_id),
  CHECK ((lease_owner IS NULL) = (lease_until IS NULL))
);
COMMENT ON COLUMN session.request_sha256 IS 'of the request that made it: tells a repeat from another request under the same key';
COMMENT ON COLUMN session.open_turn IS 'the turn that was accepted and has not ended';
COMMENT ON COLUMN session.lease_owner IS 'the node that may append, until lease_until';

CREATE UNIQUE INDEX session_idempotency
  ON session (tenant_id, scope_user, scope_agent, scope_project, idempotency_key)
  WHERE idempotency_key IS NOT NULL;
CREATE INDEX session_open_turn ON session (tenant_id, session_id) WHERE open_turn IS NOT NULL;

-- The body is text that is checked to be a JSON object, not jsonb: it is kept byte for byte as it
-- was written (jsonb reorders members, rewrites numbers and drops repeated members), so a hash over
-- it stays true. body::json serves a person who looks inside.
CREATE TABLE session_event (
  tenant_id      text COLLATE "C" NOT NULL,
  session_id     text COLLATE "C" NOT NULL,
  number         bigint           NOT NULL CHECK (number > 0),
  scope_user     text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent    text COLLATE "C" NOT NULL DEFAULT '',
  scope_project  text COLLATE "C" NOT NULL DEFAULT '',
  turn_id        text COLLATE "C" NOT NULL,
  type           text COLLATE "C" NOT NULL,
  version        integer          NOT NULL CHECK (version > 0),
  body           text             NOT NULL CHECK (body IS JSON OBJECT),
  client_turn_id text COLLATE "C",
  recorded_at    timestamptz      NOT NULL,
  change_number  bigint           NOT NULL CHECK (change_number > 0),
  PRIMARY KEY (tenant_id, session_id, number),
  UNIQUE (tenant_id, session_id, client_turn_id),
  FOREIGN KEY (tenant_id, session_id) REFERENCES session (tenant_id, session_id)
);
COMMENT ON COLUMN session_event.client_turn_id IS 'of a user_said: the client''s own name for the turn';

CREATE INDEX session_event_turn ON session_event (tenant_id, session_id, turn_id, number);

CREATE TABLE change (
  tenant_id     text COLLATE "C" NOT NULL,
  number        bigint           NOT NULL CHECK (number > 0),
  scope_user    text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent   text COLLATE "C" NOT NULL DEFAULT '',
  scope_project text COLLATE "C" NOT NULL DEFAULT '',
  kind          text COLLATE "C" NOT NULL,
  subject       text COLLATE "C" NOT NULL,
  recorded_at   timestamptz      NOT NULL,
  PRIMARY KEY (tenant_id, number)
);
COMMENT ON TABLE change IS 'one row per committed write; followers read above their checkpoint';

CREATE INDEX change_subject ON change (tenant_id, subject);

ALTER TABLE tenant_head   ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_head   FORCE  ROW LEVEL SECURITY;
ALTER TABLE session       ENABLE ROW LEVEL SECURITY;
ALTER TABLE session       FORCE  ROW LEVEL SECURITY;
ALTER TABLE session_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE session_event FORCE  ROW LEVEL SECURITY;
ALTER TABLE change        ENABLE ROW LEVEL SECURITY;
ALTER TABLE change        FORCE  ROW LEVEL SECURITY;

CREATE POLICY own_tenant ON tenant_head
  USING (tenant_id = current_setting('palimpsest.tenant', true));
CREATE POLICY own_tenant ON session
  USING (tenant_id = current_setting('palimpsest.tenant', true));
CREATE POLICY own_tenant ON session_event
  USING (tenant_id = current_setting('palimpsest.tenant', true));
CREATE POLICY own_tenant ON change
  USING (tenant_id = current_setting('palimpsest.tenant', true));

-- Recovery at start must learn which tenants there are before it can look into each for open turns.
-- Only while no tenant is named, only to be read, and only here, where there are no words.
CREATE POLICY names_for_recovery ON tenant_head FOR SELECT
  USING (coalesce(current_setting('palimpsest.tenant', true), '') = '');

-- What the service may do: no UPDATE of an event or a change, no TRUNCATE, no other UPDATE than of
-- the columns that move. DELETE serves the erasing of a session.
GRANT SELECT, INSERT, UPDATE (change_number) ON tenant_head TO palimpsest_app;
GRANT SELECT, INSERT, DELETE ON session TO palimpsest_app;
GRANT UPDATE (title, instructions, sampling_temperature, sampling_top_k, sampling_top_p,
              sampling_min_p, sampling_seed, updated_at, last_event, open_turn, lease_owner,
              lease_until) ON session TO palimpsest_app;
GRANT SELECT, INSERT, DELETE ON session_event TO palimpsest_app;
GRANT SELECT, INSERT, DELETE ON change TO palimpsest_app;
GRANT SELECT ON ${flyway:table} TO palimpsest_app;
