-- Vectors of tokens, beside the vector of the text they stand in.
--
-- Why: which memory answers a question is told best by which of its words come near the question's.
-- Lock: ACCESS EXCLUSIVE on memory_vector, for as long as the catalogue takes; no row is rewritten.
-- Expected duration on a million rows: milliseconds. What was embedded before has none, and is
--   ranked by its whole vector as until now.
-- Undo: ALTER TABLE memory_vector DROP COLUMN tokens; nothing is lost that cannot be computed.
--
-- They are read for a hundred memories at a time and never searched; out of the row and as they
-- are, so that a scan of vectors does not meet them and no time goes into compressing noise.

ALTER TABLE memory_vector ADD COLUMN tokens bytea;
ALTER TABLE memory_vector ALTER COLUMN tokens SET STORAGE EXTERNAL;
COMMENT ON COLUMN memory_vector.tokens IS 'four bits a dimension, one token after the other; null where the model tells none';
