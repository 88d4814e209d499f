-- Provenance: what derived memories were made of, what was revoked, and a chain of hashes over all
-- writes of memories.
--
-- Why: whoever recalls a memory can ask where it comes from, a source that turned out bad is taken
-- back with all that was made of it, and nobody changes a row unnoticed.
-- Lock: ACCESS EXCLUSIVE on memory_version while its rows are checked and the index on labels is
-- built, on tenant_head for as long as the catalogue takes, SHARE on change for its new index.
-- Expected duration on a million rows: four seconds.
-- Undo: DROP TABLE revocation_memory, revocation, memory_link, memory_tombstone, memory_source;
-- ALTER TABLE memory_version DROP the constraint memory_version_label and the five columns;
-- ALTER TABLE tenant_head DROP COLUMN link_sha256; memories that were revoked are recalled again.

ALTER TABLE memory_version
  ADD COLUMN import_offset  bigint CHECK (import_offset >= 0),
  ADD COLUMN row_salt       bytea  CHECK (octet_length(row_salt) = 16),
  ADD COLUMN row_sha256     bytea  CHECK (octet_length(row_sha256) = 32),
  ADD COLUMN revoked_at     timestamptz,
  ADD COLUMN revoked_reason text,
  ADD CHECK ((row_salt IS NULL) = (row_sha256 IS NULL)),
  ADD CHECK (revoked_at IS NOT NULL OR revoked_reason IS NULL),
  ADD CONSTRAINT memory_version_label UNIQUE (tenant_id, memory_id, version, label);
COMMENT ON COLUMN memory_version.import_offset IS 'byte of the import''s file where the record stands; which import that was says the change';
COMMENT ON COLUMN memory_version.row_salt IS 'random; goes with the row, so that the hash that stays behind tells nothing of the words';
COMMENT ON COLUMN memory_version.row_sha256 IS 'of the row as canonical JSON; absent on rows from before there were hashes';
COMMENT ON COLUMN memory_version.revoked_at IS 'set on all versions of a memory at once; never recalled from then on';
COMMENT ON CONSTRAINT memory_version_label ON memory_version IS 'what memory_source refers to, so that the labels it compares are the ones that stand here';

-- One row for each thing that a derived version was made of. What was said in a turn has its event,
-- what was imported its import and offset, in the version's own row: these need none here.
CREATE TABLE memory_source (
  tenant_id        text COLLATE "C" NOT NULL,
  memory_id        text COLLATE "C" NOT NULL,
  version          integer          NOT NULL,
  place            integer          NOT NULL CHECK (place >= 0),
  scope_user       text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent      text COLLATE "C" NOT NULL DEFAULT '',
  scope_project    text COLLATE "C" NOT NULL DEFAULT '',
  label            text COLLATE "C" NOT NULL,
  source_memory_id text COLLATE "C" NOT NULL,
  source_version   integer          NOT NULL CHECK (source_version > 0),
  source_label     text COLLATE "C",
  PRIMARY KEY (tenant_id, memory_id, version, place),
  FOREIGN KEY (tenant_id, memory_id, version, label)
    REFERENCES memory_version (tenant_id, memory_id, version, label),
  FOREIGN KEY (tenant_id, source_memory_id, source_version, source_label)
    REFERENCES memory_version (tenant_id, memory_id, version, label),
  CONSTRAINT memory_source_label CHECK (
    array_position(ARRAY['untrusted', 'tool_verified', 'user', 'operator', 'system'], label::text)
    <= array_position(
      ARRAY['untrusted', 'tool_verified', 'user', 'operator', 'system'], source_label::text))
);
COMMENT ON COLUMN memory_source.source_label IS 'absent where the source was erased';
COMMENT ON CONSTRAINT memory_source_label ON memory_source IS 'nothing is trusted more than what it was made of';

CREATE INDEX memory_source_of ON memory_source (tenant_id, source_memory_id, source_version);

CREATE TABLE memory_tombstone (
  tenant_id     text COLLATE "C" NOT NULL,
  memory_id     text COLLATE "C" NOT NULL,
  version       integer          NOT NULL,
  scope_user    text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent   text COLLATE "C" NOT NULL DEFAULT '',
  scope_project text COLLATE "C" NOT NULL DEFAULT '',
  row_sha256    bytea            NOT NULL CHECK (octet_length(row_sha256) = 32),
  change_number bigint           NOT NULL CHECK (change_number > 0),
  erased_change bigint           NOT NULL CHECK (erased_change > change_number),
  PRIMARY KEY (tenant_id, memory_id, version)
);
COMMENT ON TABLE memory_tombstone IS 'what stays of an erased version, so that the chain still adds up; names nobody';

CREATE INDEX memory_tombstone_change ON memory_tombstone (tenant_id, change_number);
CREATE INDEX memory_tombstone_erased ON memory_tombstone (tenant_id, erased_change);

CREATE TABLE memory_link (
  tenant_id      text COLLATE "C" NOT NULL,
  change_number  bigint           NOT NULL CHECK (change_number > 0),
  scope_user     text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent    text COLLATE "C" NOT NULL DEFAULT '',
  scope_project  text COLLATE "C" NOT NULL DEFAULT '',
  kind           text COLLATE "C" NOT NULL CHECK (kind IN ('written', 'erased', 'revoked')),
  entries        integer          NOT NULL CHECK (entries > 0),
  entries_sha256 bytea            NOT NULL CHECK (octet_length(entries_sha256) = 32),
  link_sha256    bytea            NOT NULL CHECK (octet_length(link_sha256) = 32),
  PRIMARY KEY (tenant_id, change_number)
);
COMMENT ON TABLE memory_link IS 'one row for each write of memories; link_sha256 is of the link before, the number and entries_sha256';
COMMENT ON COLUMN memory_link.change_number IS 'the last number of the write; one that erases or revokes takes as many as it has entries';

ALTER TABLE tenant_head ADD COLUMN link_sha256 bytea CHECK (octet_length(link_sha256) = 32);
COMMENT ON COLUMN tenant_head.link_sha256 IS 'of the newest memory_link';

CREATE TABLE revocation (
  tenant_id     text COLLATE "C" NOT NULL,
  revocation_id text COLLATE "C" NOT NULL,
  scope_user    text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent   text COLLATE "C" NOT NULL DEFAULT '',
  scope_project text COLLATE "C" NOT NULL DEFAULT '',
  source        text COLLATE "C" NOT NULL,
  reason        text,
  requested_at  timestamptz      NOT NULL,
  finished_at   timestamptz,
  direct_after  text COLLATE "C",
  derived_after bigint           NOT NULL CHECK (derived_after BETWEEN 0 AND memories),
  memories      bigint           NOT NULL CHECK (memories >= 0),
  PRIMARY KEY (tenant_id, revocation_id),
  UNIQUE (tenant_id, scope_user, source)
);
COMMENT ON COLUMN revocation.scope_user IS 'whose memories of the source alone; empty: everybody''s';
COMMENT ON COLUMN revocation.direct_after IS 'the source''s own memories up to this id are revoked; absent: all are';
COMMENT ON COLUMN revocation.derived_after IS 'what was made of the memories up to this place is revoked';

CREATE INDEX revocation_open ON revocation (tenant_id, revocation_id) WHERE finished_at IS NULL;

CREATE TABLE revocation_memory (
  tenant_id     text COLLATE "C" NOT NULL,
  revocation_id text COLLATE "C" NOT NULL,
  place         bigint           NOT NULL CHECK (place > 0),
  scope_user    text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent   text COLLATE "C" NOT NULL DEFAULT '',
  scope_project text COLLATE "C" NOT NULL DEFAULT '',
  memory_id     text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant_id, revocation_id, place),
  FOREIGN KEY (tenant_id, revocation_id) REFERENCES revocation (tenant_id, revocation_id)
);
COMMENT ON TABLE revocation_memory IS 'what a revocation reached, in order; an id stays when its memory is erased';

-- Followers of memories look for these among many other changes.
CREATE INDEX change_memory_gone ON change (tenant_id, number)
  WHERE kind IN ('memory_erased', 'memory_revoked');
DROP INDEX change_memory_erased;

ALTER TABLE memory_source     ENABLE ROW LEVEL SECURITY;
ALTER TABLE memory_source     FORCE  ROW LEVEL SECURITY;
ALTER TABLE memory_tombstone  ENABLE ROW LEVEL SECURITY;
ALTER TABLE memory_tombstone  FORCE  ROW LEVEL SECURITY;
ALTER TABLE memory_link       ENABLE ROW LEVEL SECURITY;
ALTER TABLE memory_link       FORCE  ROW LEVEL SECURITY;
ALTER TABLE revocation        ENABLE ROW LEVEL SECURITY;
ALTER TABLE revocation        FORCE  ROW LEVEL SECURITY;
ALTER TABLE revocation_memory ENABLE ROW LEVEL SECURITY;
ALTER TABLE revocation_memory FORCE  ROW LEVEL SECURITY;

CREATE POLICY own_tenant ON memory_source
  USING (tenant_id = current_setting('palimpsest.tenant', true));
CREATE POLICY own_tenant ON memory_tombstone
  USING (tenant_id = current_setting('palimpsest.tenant', true));
CREATE POLICY own_tenant ON memory_link
  USING (tenant_id = current_setting('palimpsest.tenant', true));
CREATE POLICY own_tenant ON revocation
  USING (tenant_id = current_setting('palimpsest.tenant', true));
CREATE POLICY own_tenant ON revocation_memory
  USING (tenant_id = current_setting('palimpsest.tenant', true));

GRANT UPDATE (revoked_at, revoked_reason) ON memory_version TO palimpsest_app;
GRANT UPDATE (link_sha256) ON tenant_head TO palimpsest_app;
GRANT SELECT, INSERT, DELETE, UPDATE (source_label) ON memory_source TO palimpsest_app;
GRANT SELECT, INSERT ON memory_tombstone, memory_link, revocation_memory TO palimpsest_app;
GRANT SELECT, INSERT ON revocation TO palimpsest_app;
GRANT UPDATE (finished_at, direct_after, derived_after, memories) ON revocation TO palimpsest_app;
