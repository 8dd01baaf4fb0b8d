-- Where the gate's credentials reach no more, as forges said it: a repository, or all of an owner. place: connection:path in lower case.
CREATE TABLE access_lost (
  place TEXT NOT NULL PRIMARY KEY,
  connection TEXT NOT NULL,
  path TEXT NOT NULL,
  why TEXT NOT NULL,
  since_ms INTEGER NOT NULL,
  moved_to TEXT);
