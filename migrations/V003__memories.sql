-- Memories: what is remembered, in versions that never change.
--
-- Why: episodes, facts and whatever else is recalled later must be durable and have a history.
-- Lock: SHARE on change while its new partial index is built; the tables are new.
-- Expected duration on a million rows: below a second, for reading change once.
-- Undo: DROP INDEX change_memory_erased; DROP TABLE memory_version, memory; every memory is lost.
--
-- memory holds what makes two storings the same, memory_version all that is said. What is fixed for
-- all versions (scope, kind, origin) stands on each of them, so that a filter reads one table.
-- Locks: whoever writes a further version locks the memory's first version (NO KEY UPDATE), whoever
-- erases locks them all (UPDATE), both in the order of ids, and both before the head row.

CREATE TABLE memory (
  tenant_id       text COLLATE "C" NOT NULL,
  memory_id       text COLLATE "C" NOT NULL,
  scope_user      text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent     text COLLATE "C" NOT NULL DEFAULT '',
  scope_project   text COLLATE "C" NOT NULL DEFAULT '',
  identity_sha256 bytea            CHECK (octet_length(identity_sha256) = 32),
  PRIMARY KEY (tenant_id, memory_id)
);
COMMENT ON COLUMN memory.identity_sha256 IS 'of the identity text; absent: never the same as another';

CREATE UNIQUE INDEX memory_identity
  ON memory (tenant_id, scope_user, scope_agent, scope_project, identity_sha256)
  WHERE identity_sha256 IS NOT NULL;

-- metadata is text that is checked to be a JSON object, for the reason given at session_event.body.
CREATE TABLE memory_version (
  tenant_id      text COLLATE "C" NOT NULL,
  memory_id      text COLLATE "C" NOT NULL,
  version        integer          NOT NULL CHECK (version > 0),
  scope_user     text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent    text COLLATE "C" NOT NULL DEFAULT '',
  scope_project  text COLLATE "C" NOT NULL DEFAULT '',
  kind           text COLLATE "C" NOT NULL,
  source         text COLLATE "C" NOT NULL,
  session_name   text COLLATE "C",
  record_id      text COLLATE "C",
  position       bigint           NOT NULL CHECK (position >= 0),
  text           text             NOT NULL,
  speaker        text COLLATE "C",
  happened_at    timestamptz,
  valid_from     timestamptz,
  valid_to       timestamptz,
  label          text COLLATE "C" NOT NULL,
  metadata       text             NOT NULL CHECK (metadata IS JSON OBJECT),
  content_sha256 bytea            NOT NULL CHECK (octet_length(content_sha256) = 32),
  learned_at     timestamptz      NOT NULL,
  superseded_at  timestamptz,
  change_number  bigint           NOT NULL CHECK (change_number > 0),
  PRIMARY KEY (tenant_id, memory_id, version),
  FOREIGN KEY (tenant_id, memory_id) REFERENCES memory (tenant_id, memory_id)
);
COMMENT ON COLUMN memory_version.session_name IS 'the conversation there, or the id of our session';
COMMENT ON COLUMN memory_version.content_sha256 IS 'of text, speaker, times, label and metadata: tells a duplicate from a new version';
COMMENT ON COLUMN memory_version.superseded_at IS 'when the next version was learned; absent on the newest';

CREATE INDEX memory_version_change ON memory_version (tenant_id, change_number, memory_id);

-- Neighbours in a conversation. A name may be longer than an index entry can be, its beginning not.
CREATE INDEX memory_version_conversation
  ON memory_version (tenant_id, left(session_name, 64), position)
  WHERE superseded_at IS NULL AND session_name IS NOT NULL;

-- Followers of memories look for erasures among many other changes.
CREATE INDEX change_memory_erased ON change (tenant_id, number) WHERE kind = 'memory_erased';

ALTER TABLE memory         ENABLE ROW LEVEL SECURITY;
ALTER TABLE memory         FORCE  ROW LEVEL SECURITY;
ALTER TABLE memory_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE memory_version FORCE  ROW LEVEL SECURITY;

CREATE POLICY own_tenant ON memory
  USING (tenant_id = current_setting('palimpsest.tenant', true));
CREATE POLICY own_tenant ON memory_version
  USING (tenant_id = current_setting('palimpsest.tenant', true));

-- A version is never rewritten: it learns that it was superseded, or it is erased.
GRANT SELECT, INSERT, DELETE ON memory TO palimpsest_app;
GRANT SELECT, INSERT, DELETE, UPDATE (superseded_at) ON memory_version TO palimpsest_app;
