-- Where the gate's credentials reach no more, as forges said it: a repository, or all of an owner. place: connection:path in lower case.
CREATE TABLE access_lost (
  place text NOT NULL PRIMARY KEY,
  connection text NOT NULL,
  path text NOT NULL,
  why text NOT NULL,
  since_ms bigint NOT NULL,
  moved_to text);
