-- Embedding spaces: which each tenant has, and which of them is searched.
--
-- Why: the model that makes vectors can be changed while the service runs, and changed back.
-- Lock: SHARE on memory_vector while it is read once for each of the two graphs; writers of vectors
--   wait for that, writers of memories do not.
-- Expected duration on a million rows: seconds; no row has as many dimensions yet.
-- Undo: DROP INDEX memory_vector_hnsw_768, memory_vector_hnsw_1024; DROP TABLE embedding_space;
--   REVOKE DELETE ON embedding_checkpoint FROM palimpsest_app;
--   memories are searched with the service's own embedder again, whose vectors are still there.
--
-- A tenant without rows has one space, that of the service's own embedder. From its first row on
-- all of its spaces are rows, and one of them is active. Locks: whoever makes, switches or drops a
-- space locks the rows of the tenant in order of id (UPDATE); whoever writes vectors locks that of
-- their space (SHARE), before all else. So nobody writes vectors into a space that is dropped.

CREATE TABLE embedding_space (
  tenant_id     text COLLATE "C" NOT NULL CHECK (tenant_id ~ '^[a-z0-9_-]{1,63}$'),
  space_id      text COLLATE "C" NOT NULL CHECK (space_id ~ '^[a-z0-9._-]{1,63}$'),
  scope_user    text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent   text COLLATE "C" NOT NULL DEFAULT '',
  scope_project text COLLATE "C" NOT NULL DEFAULT '',
  dimensions    integer          NOT NULL CHECK (dimensions BETWEEN 1 AND 4000),
  model         text             NOT NULL CHECK (model <> ''),
  fingerprint   text COLLATE "C" NOT NULL CHECK (fingerprint ~ '^[0-9a-f]{64}$'),
  is_active     boolean          NOT NULL,
  created_at    timestamptz      NOT NULL,
  ready_at      timestamptz,
  activated_at  timestamptz,
  dropped_at    timestamptz,
  PRIMARY KEY (tenant_id, space_id),
  CHECK (NOT (is_active AND dropped_at IS NOT NULL))
);
COMMENT ON COLUMN embedding_space.model IS 'as the service calls it';
COMMENT ON COLUMN embedding_space.fingerprint IS 'SHA-256 of what makes the vectors';
COMMENT ON COLUMN embedding_space.ready_at IS 'when every memory had its vectors for the first time';
COMMENT ON COLUMN embedding_space.activated_at IS 'when it was switched to last; null where it was always searched, or never';
COMMENT ON COLUMN embedding_space.dropped_at IS 'since when its vectors are being removed; the row goes last';

CREATE UNIQUE INDEX embedding_space_active ON embedding_space (tenant_id) WHERE is_active;

ALTER TABLE embedding_space ENABLE ROW LEVEL SECURITY;
ALTER TABLE embedding_space FORCE  ROW LEVEL SECURITY;

CREATE POLICY own_tenant ON embedding_space
  USING (tenant_id = current_setting('palimpsest.tenant', true));

GRANT SELECT, INSERT, DELETE, UPDATE (is_active, ready_at, activated_at, dropped_at)
  ON embedding_space TO palimpsest_app;
GRANT DELETE ON embedding_checkpoint TO palimpsest_app;

-- The widths of the usual encoders; vectors of others are compared one by one.
CREATE INDEX memory_vector_hnsw_768
  ON memory_vector USING hnsw ((embedding::halfvec(768)) halfvec_cosine_ops)
  WHERE dimensions = 768;
CREATE INDEX memory_vector_hnsw_1024
  ON memory_vector USING hnsw ((embedding::halfvec(1024)) halfvec_cosine_ops)
  WHERE dimensions = 1024;
