-- Archives: an import may be one that puts back what a store like this one gave out.
--
-- Why: whoever may do that is asked when the import begins, and it may go on after a restart.
-- Lock: ACCESS EXCLUSIVE on import, for as long as the catalogue takes; no row is rewritten.
-- Expected duration on a million rows: milliseconds.
-- Undo: ALTER TABLE import DROP COLUMN may_restore; archives that are being imported fail then.

ALTER TABLE import ADD COLUMN may_restore boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN import.may_restore IS 'whether the caller could set ids, times and labels';
