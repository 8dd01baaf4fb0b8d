-- What tells a duplicate leaves the table of deliveries. Keys are as good as random: an index that takes each one at once writes a page
-- anew for every delivery. They come here later, one slice of the key space after the other; until then the newest deliveries tell them.
CREATE TABLE door_key (key BLOB NOT NULL PRIMARY KEY) WITHOUT ROWID;
INSERT INTO door_key (key) SELECT door_key FROM delivery ORDER BY door_key;

-- Slices of equal size, a power of two of them, in the order of the keys; the keys of all deliveries up to seq are in door_key.
CREATE TABLE door_key_slice (slice INTEGER NOT NULL PRIMARY KEY, seq INTEGER NOT NULL);
WITH RECURSIVE n(slice) AS (SELECT 0 UNION ALL SELECT slice + 1 FROM n WHERE slice < 63)
INSERT INTO door_key_slice (slice, seq) SELECT slice, coalesce((SELECT max(seq) FROM delivery), 0) FROM n;

-- SQLite cannot drop a column that is unique, so the table is made anew.
CREATE TABLE delivery_anew (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL UNIQUE,
  connection TEXT NOT NULL,
  forge TEXT NOT NULL,
  forge_id TEXT NOT NULL,
  event TEXT NOT NULL,
  received_ms INTEGER NOT NULL,
  state INTEGER NOT NULL,
  due_ms INTEGER,
  attempts INTEGER NOT NULL,
  note TEXT NOT NULL);
INSERT INTO delivery_anew (seq, id, connection, forge, forge_id, event, received_ms, state, due_ms, attempts, note)
  SELECT seq, id, connection, forge, forge_id, event, received_ms, state, due_ms, attempts, note FROM delivery ORDER BY seq;
DROP TABLE delivery;
ALTER TABLE delivery_anew RENAME TO delivery;
CREATE INDEX delivery_due ON delivery(due_ms, seq) WHERE due_ms IS NOT NULL;
CREATE INDEX delivery_state ON delivery(state, seq);
