-- Entities: who and what memories name, where each name stands, and which names are the same one.
--
-- Why: whoever asks for a person, a place or a thing finds all memories that name it, under
-- whichever of its names, and each of these links can be checked against the words.
-- Lock: ACCESS EXCLUSIVE on consolidation for as long as the catalogue takes; the tables are new.
-- Expected duration on a million rows: milliseconds; no row is rewritten.
-- Undo: DROP TABLE entity_merge, entity_alias, entity_mention, entity; ALTER TABLE consolidation
--   DROP COLUMN named_change, DROP COLUMN named_memory; names are found again from memory_version,
--   what somebody merged or undid is lost.
--
-- An entity is one name in one scope. That two are the same is said by a row of entity_merge and
-- nowhere else, so whatever was merged can be taken apart again.
-- Locks: whoever writes any of these rows holds an advisory lock of the tenant, taken before any
-- version's.

ALTER TABLE consolidation
  ADD COLUMN named_change bigint           NOT NULL DEFAULT 0 CHECK (named_change >= 0),
  ADD COLUMN named_memory text COLLATE "C" NOT NULL DEFAULT '';
COMMENT ON COLUMN consolidation.named_change IS 'names are found in what changed before here';
COMMENT ON COLUMN consolidation.named_memory IS 'of named_change itself, in memories up to this id';
GRANT UPDATE (named_change, named_memory) ON consolidation TO palimpsest_app;

CREATE TABLE entity (
  tenant_id     text COLLATE "C" NOT NULL,
  entity_id     text COLLATE "C" NOT NULL,
  scope_user    text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent   text COLLATE "C" NOT NULL DEFAULT '',
  scope_project text COLLATE "C" NOT NULL DEFAULT '',
  name          text             NOT NULL,
  name_key      text COLLATE "C" NOT NULL,
  name_sha256   bytea            NOT NULL CHECK (octet_length(name_sha256) = 32),
  first_key     text COLLATE "C" NOT NULL,
  kind          text COLLATE "C" NOT NULL CHECK (kind IN ('unknown', 'thing', 'place', 'person')),
  is_sure       boolean          NOT NULL,
  canonical_id  text COLLATE "C" NOT NULL,
  learned_at    timestamptz      NOT NULL,
  PRIMARY KEY (tenant_id, entity_id)
);
COMMENT ON COLUMN entity.name IS 'as it was written first';
COMMENT ON COLUMN entity.name_key IS 'the name without case, accents and what is between its words';
COMMENT ON COLUMN entity.name_sha256 IS 'of name_key';
COMMENT ON COLUMN entity.first_key IS 'first word of name_key';
COMMENT ON COLUMN entity.kind IS 'the strongest that a link says';
COMMENT ON COLUMN entity.is_sure IS 'whether a link is, or somebody says so; else it may be no name at all, and is not shown';
COMMENT ON COLUMN entity.canonical_id IS 'where its merges lead to; itself where it has none';

CREATE UNIQUE INDEX entity_identity
  ON entity (tenant_id, scope_user, scope_agent, scope_project, name_sha256);
CREATE INDEX entity_canonical ON entity (tenant_id, canonical_id);
CREATE INDEX entity_first ON entity (tenant_id, first_key, scope_user);

CREATE TABLE entity_mention (
  tenant_id     text COLLATE "C" NOT NULL,
  memory_id     text COLLATE "C" NOT NULL,
  version       integer          NOT NULL,
  entity_id     text COLLATE "C" NOT NULL,
  scope_user    text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent   text COLLATE "C" NOT NULL DEFAULT '',
  scope_project text COLLATE "C" NOT NULL DEFAULT '',
  field         text COLLATE "C" NOT NULL CHECK (field IN ('speaker', 'text')),
  span_start    integer          NOT NULL CHECK (span_start >= 0),
  span_end      integer          NOT NULL,
  kind          text COLLATE "C" NOT NULL CHECK (kind IN ('unknown', 'thing', 'place', 'person')),
  is_sure       boolean          NOT NULL,
  PRIMARY KEY (tenant_id, memory_id, version, entity_id),
  FOREIGN KEY (tenant_id, memory_id, version)
    REFERENCES memory_version (tenant_id, memory_id, version),
  FOREIGN KEY (tenant_id, entity_id) REFERENCES entity (tenant_id, entity_id),
  CHECK (span_end > span_start),
  CHECK (is_sure OR kind = 'unknown')
);
COMMENT ON COLUMN entity_mention.span_start IS 'where the name begins in that field of the version, in UTF-16 units';
COMMENT ON COLUMN entity_mention.span_end IS 'where it ends there, that unit excluded';
COMMENT ON COLUMN entity_mention.kind IS 'what the words around it say that it is';
COMMENT ON COLUMN entity_mention.is_sure IS 'false: it begins a sentence, as words do that are no names';

CREATE INDEX entity_mention_of
  ON entity_mention (tenant_id, entity_id, is_sure, kind, memory_id);

CREATE TABLE entity_alias (
  tenant_id     text COLLATE "C" NOT NULL,
  memory_id     text COLLATE "C" NOT NULL,
  version       integer          NOT NULL,
  entity_id     text COLLATE "C" NOT NULL,
  alias_id      text COLLATE "C" NOT NULL,
  scope_user    text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent   text COLLATE "C" NOT NULL DEFAULT '',
  scope_project text COLLATE "C" NOT NULL DEFAULT '',
  span_start    integer          NOT NULL CHECK (span_start >= 0),
  span_end      integer          NOT NULL,
  PRIMARY KEY (tenant_id, memory_id, version, entity_id, alias_id),
  FOREIGN KEY (tenant_id, memory_id, version)
    REFERENCES memory_version (tenant_id, memory_id, version),
  FOREIGN KEY (tenant_id, entity_id) REFERENCES entity (tenant_id, entity_id),
  FOREIGN KEY (tenant_id, alias_id) REFERENCES entity (tenant_id, entity_id),
  CHECK (span_end > span_start),
  CHECK (alias_id <> entity_id)
);
COMMENT ON TABLE entity_alias IS 'that words say of two names that they are the same one''s; the span is of these words';

CREATE INDEX entity_alias_of ON entity_alias (tenant_id, entity_id, alias_id);
CREATE INDEX entity_alias_is ON entity_alias (tenant_id, alias_id);

CREATE TABLE entity_merge (
  tenant_id     text COLLATE "C" NOT NULL,
  entity_id     text COLLATE "C" NOT NULL,
  into_id       text COLLATE "C" NOT NULL,
  scope_user    text COLLATE "C" NOT NULL DEFAULT '',
  scope_agent   text COLLATE "C" NOT NULL DEFAULT '',
  scope_project text COLLATE "C" NOT NULL DEFAULT '',
  reason        text COLLATE "C" NOT NULL
    CHECK (reason IN ('first_name', 'stated', 'declared', 'asked')),
  merged_at     timestamptz      NOT NULL,
  declined_at   timestamptz,
  PRIMARY KEY (tenant_id, entity_id, into_id),
  FOREIGN KEY (tenant_id, entity_id) REFERENCES entity (tenant_id, entity_id),
  FOREIGN KEY (tenant_id, into_id) REFERENCES entity (tenant_id, entity_id),
  CHECK (entity_id <> into_id)
);
COMMENT ON COLUMN entity_merge.reason IS 'a rule: first_name, stated; somebody: declared (an alias), asked';
COMMENT ON COLUMN entity_merge.declined_at IS 'since when it does not hold, because somebody undid it; no rule makes it again';

CREATE UNIQUE INDEX entity_merge_one ON entity_merge (tenant_id, entity_id)
  WHERE declined_at IS NULL;
CREATE INDEX entity_merge_into ON entity_merge (tenant_id, into_id);

ALTER TABLE entity         ENABLE ROW LEVEL SECURITY;
ALTER TABLE entity         FORCE  ROW LEVEL SECURITY;
ALTER TABLE entity_mention ENABLE ROW LEVEL SECURITY;
ALTER TABLE entity_mention FORCE  ROW LEVEL SECURITY;
ALTER TABLE entity_alias   ENABLE ROW LEVEL SECURITY;
ALTER TABLE entity_alias   FORCE  ROW LEVEL SECURITY;
ALTER TABLE entity_merge   ENABLE ROW LEVEL SECURITY;
ALTER TABLE entity_merge   FORCE  ROW LEVEL SECURITY;

CREATE POLICY own_tenant ON entity
  USING (tenant_id = current_setting('palimpsest.tenant', true));
CREATE POLICY own_tenant ON entity_mention
  USING (tenant_id = current_setting('palimpsest.tenant', true));
CREATE POLICY own_tenant ON entity_alias
  USING (tenant_id = current_setting('palimpsest.tenant', true));
CREATE POLICY own_tenant ON entity_merge
  USING (tenant_id = current_setting('palimpsest.tenant', true));

GRANT SELECT, INSERT, DELETE ON entity, entity_mention, entity_alias, entity_merge
  TO palimpsest_app;
GRANT UPDATE (kind, is_sure, canonical_id) ON entity TO palimpsest_app;
GRANT UPDATE (reason, merged_at, declined_at) ON entity_merge TO palimpsest_app;
