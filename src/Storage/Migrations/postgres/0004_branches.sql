-- How far the guarded branches are covered by rulings. An empty commit is none; held_ms says since when nothing is dispatched.
CREATE TABLE branch (
  repository text NOT NULL,
  name text NOT NULL,
  covered text NOT NULL,
  ordered text NOT NULL,
  seen text NOT NULL,
  held_ms bigint,
  updated_ms bigint NOT NULL,
  PRIMARY KEY (repository, name));
CREATE INDEX branch_held ON branch(held_ms) WHERE held_ms IS NOT NULL;
