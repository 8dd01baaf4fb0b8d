-- The gate's own secrets. Only what was sealed with the keys of the gateway comes here; the keys never do.
CREATE TABLE secret (
  name TEXT NOT NULL PRIMARY KEY,
  seal BLOB NOT NULL,
  changed_ms INTEGER NOT NULL);
