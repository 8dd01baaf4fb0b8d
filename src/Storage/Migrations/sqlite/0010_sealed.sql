-- Sealed sections of entries: outside the tree, each locked with the key of one person. The keys lie in a file of their own.
CREATE TABLE audit_sealed (
  seq INTEGER NOT NULL,
  name TEXT NOT NULL,
  key_id TEXT NOT NULL,
  box BLOB NOT NULL,
  PRIMARY KEY (seq, name));
CREATE INDEX audit_sealed_key ON audit_sealed(key_id);

-- Erasures that were asked for, and those that are done: references, never names.
CREATE TABLE erasure (
  reference TEXT NOT NULL PRIMARY KEY,
  basis TEXT NOT NULL,
  requested_by TEXT NOT NULL,
  requested_ms INTEGER NOT NULL,
  confirmed_by TEXT,
  done_ms INTEGER);

-- Who must not be erased for now.
CREATE TABLE legal_hold (
  reference TEXT NOT NULL PRIMARY KEY,
  placed_by TEXT NOT NULL,
  placed_ms INTEGER NOT NULL);
