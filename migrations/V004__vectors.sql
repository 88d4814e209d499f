-- Vectors of memories, by embedding space, and how far each space is filled.
--
-- Why: search by meaning. A projection: it can be emptied and filled again from memory_version.
-- Lock: none that anybody could wait for; the tables are new.
-- Expected duration on a million rows: none; there are no rows yet (milliseconds).
-- Undo: DROP TABLE memory_vector, embedding_checkpoint; nothing is lost that cannot be computed.
--
-- One table serves all spaces, so its column has no fixed number of dimensions; an index has one,
-- and a query that is to use it casts as the index does and names the dimensions as a constant.

CREATE TABLE memory_vector (
  tenant_id     text COLLATE "C" NOT NULL,
  memory_id     text COLLATE "C" NOT NULL,
  version       integer          NOT NULL,
  space_id      text COLLATE "C" NOT NULL,
  part          integer          NOT NULL CHECK (part >= 0),
  scope_user    text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent   text COLLATE "C" NOT NULL DEFAULT '',
  scope_project text COLLATE "C" NOT NULL DEFAULT '',
  dimensions    integer          NOT NULL CHECK (dimensions > 0),
  embedding     halfvec          NOT NULL CHECK (vector_dims(embedding) = dimensions),
  PRIMARY KEY (tenant_id, memory_id, version, space_id, part),
  FOREIGN KEY (tenant_id, memory_id, version)
    REFERENCES memory_version (tenant_id, memory_id, version)
);
COMMENT ON COLUMN memory_vector.part IS 'which piece of the text, from 0: long texts have several';

CREATE INDEX memory_vector_hnsw_384
  ON memory_vector USING hnsw ((embedding::halfvec(384)) halfvec_cosine_ops)
  WHERE dimensions = 384;

CREATE TABLE embedding_checkpoint (
  tenant_id     text COLLATE "C" NOT NULL,
  space_id      text COLLATE "C" NOT NULL,
  scope_user    text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent   text COLLATE "C" NOT NULL DEFAULT '',
  scope_project text COLLATE "C" NOT NULL DEFAULT '',
  dimensions    integer          NOT NULL CHECK (dimensions > 0),
  change_number bigint           NOT NULL CHECK (change_number >= 0),
  PRIMARY KEY (tenant_id, space_id, dimensions)
);
COMMENT ON TABLE embedding_checkpoint IS 'up to which change number every version has its vectors; the row is locked first by whoever writes vectors';

ALTER TABLE memory_vector        ENABLE ROW LEVEL SECURITY;
ALTER TABLE memory_vector        FORCE  ROW LEVEL SECURITY;
ALTER TABLE embedding_checkpoint ENABLE ROW LEVEL SECURITY;
ALTER TABLE embedding_checkpoint FORCE  ROW LEVEL SECURITY;

CREATE POLICY own_tenant ON memory_vector
  USING (tenant_id = current_setting('palimpsest.tenant', true));
CREATE POLICY own_tenant ON embedding_checkpoint
  USING (tenant_id = current_setting('palimpsest.tenant', true));

GRANT SELECT, INSERT, DELETE ON memory_vector TO palimpsest_app;
GRANT SELECT, INSERT, UPDATE (change_number) ON embedding_checkpoint TO palimpsest_app;
