-- How far the guarded branches are covered by rulings. An empty commit is none; held_ms says since when nothing is dispatched.
CREATE TABLE branch (
  repository TEXT NOT NULL,
  name TEXT NOT NULL,
  covered TEXT NOT NULL,
  ordered TEXT NOT NULL,
  seen TEXT NOT NULL,
  held_ms INTEGER,
  updated_ms INTEGER NOT NULL,
  PRIMARY KEY (repository, name));
CREATE INDEX branch_held ON branch(held_ms) WHERE held_ms IS NOT NULL;
