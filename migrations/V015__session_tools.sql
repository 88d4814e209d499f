-- A session's tools may be declared anew, when somebody says so.
--
-- Why: a session keeps the tools that it began with, each pinned by a hash of its declaration. When a
--   tool is declared otherwise since, the session takes that over only where it is accepted by name.
-- Lock: none that anybody could wait for; a grant is a row of the catalogue.
-- Expected duration on a million rows: milliseconds, whatever their number.
-- Undo: REVOKE UPDATE (tools) ON session FROM palimpsest_app; sessions then keep what they have.

GRANT UPDATE (tools) ON session TO palimpsest_app;
