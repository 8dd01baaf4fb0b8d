-- Sealed sections of entries: outside the tree, each locked with the key of one person.
CREATE TABLE audit_sealed (
  seq bigint NOT NULL,
  name text NOT NULL,
  key_id text NOT NULL,
  box bytea NOT NULL,
  PRIMARY KEY (seq, name));
CREATE INDEX audit_sealed_key ON audit_sealed(key_id);

-- The keys, wrapped with one that the database never sees. With SQLite they lie in a file of their own.
CREATE TABLE subject_key (
  key_id text NOT NULL PRIMARY KEY,
  subject text NOT NULL UNIQUE,
  wrapped bytea,
  created_ms bigint NOT NULL,
  destroyed_ms bigint);

-- Erasures that were asked for, and those that are done: references, never names.
CREATE TABLE erasure (
  reference text NOT NULL PRIMARY KEY,
  basis text NOT NULL,
  requested_by text NOT NULL,
  requested_ms bigint NOT NULL,
  confirmed_by text,
  done_ms bigint);

-- Who must not be erased for now.
CREATE TABLE legal_hold (
  reference text NOT NULL PRIMARY KEY,
  placed_by text NOT NULL,
  placed_ms bigint NOT NULL);
