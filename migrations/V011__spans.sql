-- Which words of a source a derived memory was made of.
--
-- Why: whoever reads a fact can ask for the very words that it comes from.
-- Lock: ACCESS EXCLUSIVE on memory_source, for as long as the catalogue takes and its rows are
--   checked; no row is rewritten.
-- Expected duration on a million rows: under a second. What was derived before has no spans, and
--   comes from all that its sources say.
-- Undo: ALTER TABLE memory_source DROP COLUMN span_start, DROP COLUMN span_end; rows with spans are
--   no longer those of their hashes, so that a check of the chain names them.
--
-- The words themselves are not kept here: when the source is erased, nothing is left of them.

ALTER TABLE memory_source
  ADD COLUMN span_start integer,
  ADD COLUMN span_end   integer,
  ADD CONSTRAINT memory_source_span CHECK (
    (span_start IS NULL) = (span_end IS NULL) AND (span_start IS NULL OR span_start >= 0)
    AND (span_end IS NULL OR span_end > span_start));
COMMENT ON COLUMN memory_source.span_start IS 'where it begins in the source''s text, in UTF-16 units; absent: all of the text';
COMMENT ON COLUMN memory_source.span_end IS 'where it ends there, that unit excluded';
