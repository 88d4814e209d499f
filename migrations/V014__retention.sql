-- Retention: for how long memories of a scope are kept, and the archives that they went into. And an
-- index by which the vectors of a scope are found among many others.
--
-- Why: a memory that nobody cleans only grows, and what goes must be had again for a while; and who
-- asks among the few memories of one user is not to wait for a walk through everybody's.
-- Lock: SHARE on memory_vector while its index is built; the tables are new.
-- Expected duration on a million rows: a second or two, for reading memory_vector once.
-- Undo: DROP TABLE retention_archive, retention_policy; archives that were written stay files, and
-- can be imported, but nobody removes them any more. DROP INDEX memory_vector_scope.
--
-- Locks: whoever erases what an archive holds locks the archive's row first, then the memories as
-- MemoryEraser does. At most one archive of a tenant is unfinished, so that what is being written
-- is known by its row, and a process that died in between goes on under the same name.

CREATE TABLE retention_policy (
  tenant_id     text COLLATE "C" NOT NULL CHECK (tenant_id ~ '^[a-z0-9_-]{1,63}$'),
  scope_user    text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent   text COLLATE "C" NOT NULL DEFAULT '',
  scope_project text COLLATE "C" NOT NULL DEFAULT '',
  keep_days     integer          NOT NULL CHECK (keep_days BETWEEN 1 AND 36500),
  archive_days  integer          NOT NULL CHECK (archive_days BETWEEN 1 AND 36500),
  PRIMARY KEY (tenant_id, scope_user, scope_agent, scope_project)
);
COMMENT ON COLUMN retention_policy.scope_user IS 'of this user''s memories; empty: of everybody''s. The other two alike';
COMMENT ON COLUMN retention_policy.archive_days IS 'for how long the archive is kept when all was erased';

-- One row for each archive that is there or being made. It goes with its file.
CREATE TABLE retention_archive (
  tenant_id       text COLLATE "C" NOT NULL CHECK (tenant_id ~ '^[a-z0-9_-]{1,63}$'),
  archive_id      text COLLATE "C" NOT NULL,
  scope_user      text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent     text COLLATE "C" NOT NULL DEFAULT '',
  scope_project   text COLLATE "C" NOT NULL DEFAULT '',
  keep_days       integer          NOT NULL,
  archive_days    integer          NOT NULL,
  begun_at        timestamptz      NOT NULL,
  file_sha256     bytea            CHECK (octet_length(file_sha256) = 32),
  file_bytes      bigint           CHECK (file_bytes > 0),
  memories        bigint           CHECK (memories > 0),
  versions        bigint           CHECK (versions >= memories),
  erased_upto     text COLLATE "C" NOT NULL DEFAULT '',
  erased_memories bigint           NOT NULL DEFAULT 0 CHECK (erased_memories >= 0),
  erased_versions bigint           NOT NULL DEFAULT 0 CHECK (erased_versions >= 0),
  erased_vectors  bigint           NOT NULL DEFAULT 0 CHECK (erased_vectors >= 0),
  erased_links    bigint           NOT NULL DEFAULT 0 CHECK (erased_links >= 0),
  erased_entities bigint           NOT NULL DEFAULT 0 CHECK (erased_entities >= 0),
  erased_change   bigint           NOT NULL DEFAULT 0 CHECK (erased_change >= 0),
  erased_at       timestamptz,
  derived         text[]           NOT NULL DEFAULT '{}',
  finished_at     timestamptz,
  keep_until      timestamptz,
  receipt         text             CHECK (receipt IS JSON OBJECT),
  PRIMARY KEY (tenant_id, archive_id),
  CHECK (num_nulls(file_sha256, file_bytes, memories, versions) IN (0, 4)),
  CHECK (num_nulls(finished_at, keep_until, receipt) IN (0, 3)),
  CHECK (file_sha256 IS NOT NULL OR (erased_upto = '' AND finished_at IS NULL))
);
COMMENT ON COLUMN retention_archive.file_sha256 IS 'set when the file is whole on disk; nothing is erased before';
COMMENT ON COLUMN retention_archive.erased_upto IS 'memories of the archive up to this id are dealt with';
COMMENT ON COLUMN retention_archive.derived IS 'memories that were made of erased ones';

CREATE UNIQUE INDEX retention_archive_open
  ON retention_archive (tenant_id) WHERE finished_at IS NULL;
CREATE INDEX retention_archive_kept
  ON retention_archive (tenant_id, keep_until) WHERE finished_at IS NOT NULL;

CREATE INDEX memory_vector_scope
  ON memory_vector (tenant_id, space_id, scope_user, scope_agent, scope_project);

ALTER TABLE retention_policy  ENABLE ROW LEVEL SECURITY;
ALTER TABLE retention_policy  FORCE  ROW LEVEL SECURITY;
ALTER TABLE retention_archive ENABLE ROW LEVEL SECURITY;
ALTER TABLE retention_archive FORCE  ROW LEVEL SECURITY;

CREATE POLICY own_tenant ON retention_policy
  USING (tenant_id = current_setting('palimpsest.tenant', true));
CREATE POLICY own_tenant ON retention_archive
  USING (tenant_id = current_setting('palimpsest.tenant', true));

GRANT SELECT, INSERT, DELETE, UPDATE (keep_days, archive_days)
  ON retention_policy TO palimpsest_app;
GRANT SELECT, INSERT, DELETE ON retention_archive TO palimpsest_app;
GRANT UPDATE (file_sha256, file_bytes, memories, versions, erased_upto, erased_memories,
              erased_versions, erased_vectors, erased_links, erased_entities, erased_change, erased_at, derived, finished_at,
              keep_until, receipt)
  ON retention_archive TO palimpsest_app;
