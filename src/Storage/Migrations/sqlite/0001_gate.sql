-- Deliveries that passed the door. The small row is updated as it walks; the body is written once.
CREATE TABLE delivery (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL UNIQUE,
  door_key BLOB NOT NULL UNIQUE,
  connection TEXT NOT NULL,
  forge TEXT NOT NULL,
  forge_id TEXT NOT NULL,
  event TEXT NOT NULL,
  received_ms INTEGER NOT NULL,
  state INTEGER NOT NULL,
  due_ms INTEGER,
  attempts INTEGER NOT NULL,
  note TEXT NOT NULL);
CREATE INDEX delivery_due ON delivery(due_ms, seq) WHERE due_ms IS NOT NULL;
CREATE INDEX delivery_state ON delivery(state, seq);

CREATE TABLE delivery_body (
  delivery_seq INTEGER NOT NULL PRIMARY KEY,
  headers BLOB NOT NULL,
  body BLOB NOT NULL,
  length INTEGER NOT NULL);

-- Change requests as they were last seen, with their latest ruling. list_rank sorts the lists: see ChangeRank.
CREATE TABLE change_request (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  repository TEXT NOT NULL,
  state INTEGER NOT NULL,
  target_branch TEXT NOT NULL,
  head TEXT NOT NULL,
  json TEXT NOT NULL,
  updated_ms INTEGER NOT NULL,
  ruling_seq INTEGER,
  ruled_head TEXT,
  ruled_ms INTEGER,
  verdict INTEGER,
  waiting_ms INTEGER,
  list_rank INTEGER NOT NULL);
CREATE INDEX change_request_rank ON change_request(list_rank, seq);
CREATE INDEX change_request_head ON change_request(repository, head);
CREATE INDEX change_request_allowed ON change_request(repository, target_branch, verdict, ruled_ms);

CREATE TABLE ruling (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL UNIQUE,
  change_key TEXT NOT NULL,
  ruled_ms INTEGER NOT NULL,
  audit_index INTEGER NOT NULL,
  json TEXT NOT NULL);
CREATE INDEX ruling_change ON ruling(change_key, seq);

CREATE TABLE evidence (
  ruling_seq INTEGER NOT NULL PRIMARY KEY,
  digest TEXT NOT NULL,
  body BLOB NOT NULL,
  length INTEGER NOT NULL);

CREATE TABLE obligation (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  lane TEXT NOT NULL,
  change_key TEXT,
  state INTEGER NOT NULL,
  due_ms INTEGER,
  attempts INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  note TEXT NOT NULL,
  reference TEXT,
  audit_index INTEGER NOT NULL,
  json TEXT NOT NULL);
CREATE INDEX obligation_due ON obligation(due_ms, id) WHERE due_ms IS NOT NULL;
CREATE INDEX obligation_open_lane ON obligation(lane, id) WHERE due_ms IS NOT NULL;
CREATE INDEX obligation_reference ON obligation(lane, id) WHERE reference IS NOT NULL;
CREATE INDEX obligation_state ON obligation(state, id);
CREATE INDEX obligation_change ON obligation(change_key, id);

CREATE TABLE access_token (
  sha256 BLOB NOT NULL PRIMARY KEY,
  reference TEXT NOT NULL,
  name TEXT NOT NULL,
  role INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  revoked_ms INTEGER);

-- Who an opaque reference of the audit log stands for: personal, erasable, outside the tree.
CREATE TABLE identity (
  forge TEXT NOT NULL,
  person_id TEXT NOT NULL,
  reference TEXT NOT NULL UNIQUE,
  PRIMARY KEY (forge, person_id));

-- The id of the last batch that was committed: how a writer finds out what became of a commit that got no answer.
CREATE TABLE writer_mark (
  id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  batch BLOB NOT NULL);

-- The audit log: insert only.
CREATE TABLE audit_log (
  origin TEXT NOT NULL PRIMARY KEY,
  tenant TEXT NOT NULL,
  created_ms INTEGER NOT NULL);

CREATE TABLE audit_leaf (
  seq INTEGER NOT NULL PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  time_ms INTEGER NOT NULL,
  type TEXT NOT NULL,
  corr TEXT,
  actor TEXT,
  outcome TEXT NOT NULL,
  body BLOB NOT NULL CHECK (length(body) <= 16384),
  hash BLOB NOT NULL CHECK (length(hash) = 32));
CREATE INDEX audit_leaf_corr ON audit_leaf(corr, seq) WHERE corr IS NOT NULL;

CREATE TABLE audit_tile (
  level INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  data BLOB NOT NULL CHECK (length(data) = 8192),
  root BLOB NOT NULL CHECK (length(root) = 32),
  PRIMARY KEY (level, idx));

CREATE TABLE audit_head (
  size INTEGER NOT NULL PRIMARY KEY,
  root BLOB NOT NULL CHECK (length(root) = 32),
  time_ms INTEGER NOT NULL);

CREATE TABLE audit_pop (
  pop TEXT NOT NULL,
  n INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (pop, n));
CREATE INDEX audit_pop_seq ON audit_pop(seq);

INSERT INTO writer_mark (id, batch) VALUES (1, x'00000000000000000000000000000000');

CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_leaf_no_update BEFORE UPDATE ON audit_leaf BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_leaf_no_delete BEFORE DELETE ON audit_leaf BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_tile_no_update BEFORE UPDATE ON audit_tile BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_tile_no_delete BEFORE DELETE ON audit_tile BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_head_no_update BEFORE UPDATE ON audit_head BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_pop_no_update BEFORE UPDATE ON audit_pop BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_pop_no_delete BEFORE DELETE ON audit_pop BEGIN SELECT RAISE(ABORT, 'append-only'); END;
