-- Consolidation: digests of conversations and months, near-duplicates, and how far that work is.
--
-- Why: what is done while the service is idle must go on where it was, do nothing twice and be
-- bounded by the day, and what somebody erased must not come back by itself.
-- Lock: SHARE on memory_version while the index on texts is built; the tables are new.
-- Expected duration on a million rows: half a minute, for computing the sum of every text.
-- Undo: DROP TABLE near_duplicate, digest, consolidation; DROP INDEX memory_version_same_text;
-- digests that were made stay memories, of the source consolidation, and can be erased by that name.

CREATE TABLE consolidation (
  tenant_id     text COLLATE "C" NOT NULL,
  scope_user    text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent   text COLLATE "C" NOT NULL DEFAULT '',
  scope_project text COLLATE "C" NOT NULL DEFAULT '',
  noted_change  bigint           NOT NULL DEFAULT 0 CHECK (noted_change >= 0),
  linked_change bigint           NOT NULL DEFAULT 0 CHECK (linked_change >= 0),
  linked_memory text COLLATE "C" NOT NULL DEFAULT '',
  day           date             NOT NULL,
  spent         integer          NOT NULL DEFAULT 0 CHECK (spent >= 0),
  PRIMARY KEY (tenant_id)
);
COMMENT ON COLUMN consolidation.noted_change IS 'what changed up to here stands in digest';
COMMENT ON COLUMN consolidation.linked_change IS 'near-duplicates of what changed before here are found';
COMMENT ON COLUMN consolidation.linked_memory IS 'of linked_change itself, those of memories up to this id';
COMMENT ON COLUMN consolidation.spent IS 'memories that were read on that day';

-- One row for each conversation and month of which there is a digest or may be one. A conversation's
-- goes with its last memory, a month's with the last conversation of its scope.
CREATE TABLE digest (
  tenant_id       text COLLATE "C" NOT NULL,
  scope_user      text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent     text COLLATE "C" NOT NULL DEFAULT '',
  scope_project   text COLLATE "C" NOT NULL DEFAULT '',
  identity_sha256 bytea            NOT NULL CHECK (octet_length(identity_sha256) = 32),
  source          text COLLATE "C",
  session_name    text COLLATE "C",
  month           date,
  learned_at      timestamptz      NOT NULL,
  seen_change     bigint           NOT NULL CHECK (seen_change > 0),
  done_change     bigint           NOT NULL DEFAULT 0 CHECK (done_change BETWEEN 0 AND seen_change),
  memory_id       text COLLATE "C",
  declined_at     timestamptz,
  PRIMARY KEY (tenant_id, scope_user, scope_agent, scope_project, identity_sha256),
  CHECK ((source IS NULL) = (session_name IS NULL)),
  CHECK ((month IS NULL) <> (session_name IS NULL)),
  CHECK (memory_id IS NULL OR declined_at IS NULL)
);
COMMENT ON COLUMN digest.identity_sha256 IS 'that of its memory';
COMMENT ON COLUMN digest.learned_at IS 'when the newest of what it is of was learned';
COMMENT ON COLUMN digest.seen_change IS 'newest change of what it is of';
COMMENT ON COLUMN digest.done_change IS 'the change up to which it was read';
COMMENT ON COLUMN digest.memory_id IS 'the digest; absent: there is none';
COMMENT ON COLUMN digest.declined_at IS 'since when none is made, because somebody erased or revoked it';

CREATE INDEX digest_due ON digest (tenant_id, learned_at)
  WHERE done_change < seen_change AND declined_at IS NULL;
CREATE INDEX digest_memory ON digest (tenant_id, memory_id) WHERE memory_id IS NOT NULL;
CREATE INDEX digest_conversation ON digest (tenant_id, left(session_name, 64))
  WHERE session_name IS NOT NULL;

CREATE TABLE near_duplicate (
  tenant_id     text COLLATE "C" NOT NULL,
  memory_id     text COLLATE "C" NOT NULL,
  other_id      text COLLATE "C" NOT NULL,
  version       integer          NOT NULL,
  other_version integer          NOT NULL,
  scope_user    text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent   text COLLATE "C" NOT NULL DEFAULT '',
  scope_project text COLLATE "C" NOT NULL DEFAULT '',
  cosine        double precision CHECK (cosine BETWEEN -1.001 AND 1.001),
  is_same_text  boolean          NOT NULL,
  change_number bigint           NOT NULL CHECK (change_number > 0),
  PRIMARY KEY (tenant_id, memory_id, other_id),
  FOREIGN KEY (tenant_id, memory_id, version)
    REFERENCES memory_version (tenant_id, memory_id, version),
  FOREIGN KEY (tenant_id, other_id, other_version)
    REFERENCES memory_version (tenant_id, memory_id, version),
  CHECK (memory_id < other_id),
  CHECK (cosine IS NOT NULL OR is_same_text)
);
COMMENT ON COLUMN near_duplicate.cosine IS 'of their vectors; absent where their words alone were compared';
COMMENT ON COLUMN near_duplicate.is_same_text IS 'whether they say the same but for case and white space';
COMMENT ON COLUMN near_duplicate.change_number IS 'of the version whose likes were looked for';

CREATE INDEX near_duplicate_other ON near_duplicate (tenant_id, other_id);

-- Texts that are the same but for case and white space, each next to the others by id.
CREATE INDEX memory_version_same_text
  ON memory_version
    (tenant_id, md5(lower(btrim(regexp_replace(text, '\s+', ' ', 'g')))), memory_id)
  WHERE superseded_at IS NULL;

ALTER TABLE consolidation  ENABLE ROW LEVEL SECURITY;
ALTER TABLE consolidation  FORCE  ROW LEVEL SECURITY;
ALTER TABLE digest         ENABLE ROW LEVEL SECURITY;
ALTER TABLE digest         FORCE  ROW LEVEL SECURITY;
ALTER TABLE near_duplicate ENABLE ROW LEVEL SECURITY;
ALTER TABLE near_duplicate FORCE  ROW LEVEL SECURITY;

CREATE POLICY own_tenant ON consolidation
  USING (tenant_id = current_setting('palimpsest.tenant', true));
CREATE POLICY own_tenant ON digest
  USING (tenant_id = current_setting('palimpsest.tenant', true));
CREATE POLICY own_tenant ON near_duplicate
  USING (tenant_id = current_setting('palimpsest.tenant', true));

GRANT SELECT, INSERT ON consolidation TO palimpsest_app;
GRANT UPDATE (noted_change, linked_change, linked_memory, day, spent)
  ON consolidation TO palimpsest_app;
GRANT SELECT, INSERT, DELETE ON digest TO palimpsest_app;
GRANT UPDATE (learned_at, seen_change, done_change, memory_id, declined_at)
  ON digest TO palimpsest_app;
GRANT SELECT, INSERT, DELETE ON near_duplicate TO palimpsest_app;
