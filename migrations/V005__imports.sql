-- Imports: how far each is, what it came to, and what it could not use.
--
-- Why: a cut import goes on where it was, and its report says of every record what became of it.
-- Lock: none that anybody could wait for; the tables are new.
-- Expected duration on a million rows: none; there are no rows yet (milliseconds).
-- Undo: DROP TABLE import_trial, import_rejection, import; memories that were imported stay.

CREATE TABLE import (
  tenant_id        text COLLATE "C" NOT NULL,
  import_id        text COLLATE "C" NOT NULL,
  scope_user       text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent      text COLLATE "C" NOT NULL DEFAULT '',
  scope_project    text COLLATE "C" NOT NULL DEFAULT '',
  format           text COLLATE "C",
  source           text COLLATE "C" NOT NULL,
  base_time        timestamptz,
  is_dry_run       boolean          NOT NULL,
  total_bytes      bigint,
  status           text COLLATE "C" NOT NULL,
  items            bigint           NOT NULL CHECK (items >= 0),
  byte_offset      bigint           NOT NULL CHECK (byte_offset >= 0),
  read_count       bigint           NOT NULL,
  stored_count     bigint           NOT NULL CHECK (stored_count >= 0),
  duplicate_count  bigint           NOT NULL CHECK (duplicate_count >= 0),
  rejected_count   bigint           NOT NULL CHECK (rejected_count >= 0),
  sanitised_count  bigint           NOT NULL CHECK (sanitised_count BETWEEN 0 AND stored_count),
  skipped_count    bigint           NOT NULL CHECK (skipped_count >= 0),
  last_change      bigint           NOT NULL CHECK (last_change >= 0),
  problem          text,
  created_at       timestamptz      NOT NULL,
  updated_at       timestamptz      NOT NULL,
  PRIMARY KEY (tenant_id, import_id),
  CHECK (read_count = stored_count + duplicate_count + rejected_count)
);
COMMENT ON COLUMN import.items IS 'records, rejections and skipped parts committed so far; a batch is committed once because it names the number it builds on';

CREATE INDEX import_open ON import (tenant_id, import_id) WHERE status = 'open';

CREATE TABLE import_rejection (
  tenant_id     text COLLATE "C" NOT NULL,
  import_id     text COLLATE "C" NOT NULL,
  record        bigint           NOT NULL CHECK (record > 0),
  scope_user    text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent   text COLLATE "C" NOT NULL DEFAULT '',
  scope_project text COLLATE "C" NOT NULL DEFAULT '',
  byte_offset   bigint           NOT NULL CHECK (byte_offset >= 0),
  reason        text COLLATE "C" NOT NULL,
  detail        text             NOT NULL,
  PRIMARY KEY (tenant_id, import_id, record),
  FOREIGN KEY (tenant_id, import_id) REFERENCES import (tenant_id, import_id)
);

CREATE TABLE import_trial (
  tenant_id       text COLLATE "C" NOT NULL,
  import_id       text COLLATE "C" NOT NULL,
  scope_user      text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent     text COLLATE "C" NOT NULL DEFAULT '',
  scope_project   text COLLATE "C" NOT NULL DEFAULT '',
  identity_sha256 bytea            NOT NULL CHECK (octet_length(identity_sha256) = 32),
  content_sha256  bytea            NOT NULL CHECK (octet_length(content_sha256) = 32),
  PRIMARY KEY (tenant_id, import_id, scope_user, scope_agent, scope_project, identity_sha256),
  FOREIGN KEY (tenant_id, import_id) REFERENCES import (tenant_id, import_id)
);
COMMENT ON TABLE import_trial IS 'what a dry run would have stored, so that its later batches count it as known; emptied when it ends';

ALTER TABLE import           ENABLE ROW LEVEL SECURITY;
ALTER TABLE import           FORCE  ROW LEVEL SECURITY;
ALTER TABLE import_rejection ENABLE ROW LEVEL SECURITY;
ALTER TABLE import_rejection FORCE  ROW LEVEL SECURITY;
ALTER TABLE import_trial     ENABLE ROW LEVEL SECURITY;
ALTER TABLE import_trial     FORCE  ROW LEVEL SECURITY;

CREATE POLICY own_tenant ON import
  USING (tenant_id = current_setting('palimpsest.tenant', true));
CREATE POLICY own_tenant ON import_rejection
  USING (tenant_id = current_setting('palimpsest.tenant', true));
CREATE POLICY own_tenant ON import_trial
  USING (tenant_id = current_setting('palimpsest.tenant', true));

GRANT SELECT, INSERT ON import TO palimpsest_app;
GRANT UPDATE (status, items, byte_offset, read_count, stored_count, duplicate_count,
              rejected_count, sanitised_count, skipped_count, last_change, problem, updated_at)
  ON import TO palimpsest_app;
GRANT SELECT, INSERT ON import_rejection TO palimpsest_app;
GRANT SELECT, INSERT, DELETE, UPDATE (content_sha256) ON import_trial TO palimpsest_app;
