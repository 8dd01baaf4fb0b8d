-- How the last comparison of a repository with its forge went; tried_ms without compared_ms: never yet to its end.
CREATE TABLE reconciled (
  repository text NOT NULL PRIMARY KEY,
  has_hook integer NOT NULL,
  compared_ms bigint,
  tried_ms bigint,
  redelivered integer NOT NULL,
  backfilled integer NOT NULL,
  hook_repaired integer NOT NULL,
  trouble text NOT NULL);

-- Where branches stood that no walk has moved yet.
CREATE TABLE reconciled_tip (
  repository text NOT NULL,
  name text NOT NULL,
  tip text NOT NULL,
  seen_ms bigint NOT NULL,
  PRIMARY KEY (repository, name));
