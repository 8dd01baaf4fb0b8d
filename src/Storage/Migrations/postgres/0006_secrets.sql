-- The gate's own secrets. Only what was sealed with the keys of the gateway comes here; the keys never do.
CREATE TABLE secret (
  name text NOT NULL PRIMARY KEY,
  seal bytea NOT NULL,
  changed_ms bigint NOT NULL);
