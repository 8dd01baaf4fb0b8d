-- How the last comparison of a repository with its forge went; tried_ms without compared_ms: never yet to its end.
CREATE TABLE reconciled (
  repository TEXT NOT NULL PRIMARY KEY,
  has_hook INTEGER NOT NULL,
  compared_ms INTEGER,
  tried_ms INTEGER,
  redelivered INTEGER NOT NULL,
  backfilled INTEGER NOT NULL,
  hook_repaired INTEGER NOT NULL,
  trouble TEXT NOT NULL);

-- Where branches stood that no walk has moved yet.
CREATE TABLE reconciled_tip (
  repository TEXT NOT NULL,
  name TEXT NOT NULL,
  tip TEXT NOT NULL,
  seen_ms INTEGER NOT NULL,
  PRIMARY KEY (repository, name));
