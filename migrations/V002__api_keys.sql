-- API keys: who may call the service, for which tenant, with which rights.
--
-- Why: a service that listens beyond the machine must know its callers.
-- Lock: none that anybody could wait for; the table is new.
-- Expected duration on a million rows: none; there are no rows yet (milliseconds).
-- Undo: DROP TABLE api_key; every key is void then.

CREATE TABLE api_key (
  tenant_id     text COLLATE "C" NOT NULL CHECK (tenant_id ~ '^[a-z0-9_-]{1,63}$'),
  key_id        text COLLATE "C" NOT NULL,
  scope_user    text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent   text COLLATE "C" NOT NULL DEFAULT '',
  scope_project text COLLATE "C" NOT NULL DEFAULT '',
  name          text             NOT NULL,
  rights        text COLLATE "C" NOT NULL CHECK (rights <> ''),
  secret_sha256 bytea            NOT NULL CHECK (octet_length(secret_sha256) = 32),
  created_at    timestamptz      NOT NULL,
  revoked_at    timestamptz,
  PRIMARY KEY (tenant_id, key_id)
);
COMMENT ON COLUMN api_key.scope_user IS 'the one user the key speaks for; empty for all';
COMMENT ON COLUMN api_key.rights IS 'lower-case names in alphabetical order, separated by commas';
COMMENT ON COLUMN api_key.secret_sha256 IS 'of a 256-bit random secret, which is kept nowhere';

ALTER TABLE api_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_key FORCE  ROW LEVEL SECURITY;

CREATE POLICY own_tenant ON api_key
  USING (tenant_id = current_setting('palimpsest.tenant', true));

GRANT SELECT, INSERT, UPDATE (revoked_at) ON api_key TO palimpsest_app;
