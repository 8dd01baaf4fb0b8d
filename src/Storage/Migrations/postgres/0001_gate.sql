-- Deliveries that passed the door. The small row is updated as it walks; the body is written once.
CREATE TABLE delivery (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id bytea NOT NULL UNIQUE,
  door_key bytea NOT NULL UNIQUE,
  connection text NOT NULL,
  forge text NOT NULL,
  forge_id text NOT NULL,
  event text NOT NULL,
  received_ms bigint NOT NULL,
  state integer NOT NULL,
  due_ms bigint,
  attempts integer NOT NULL,
  note text NOT NULL);
CREATE INDEX delivery_due ON delivery(due_ms, seq) WHERE due_ms IS NOT NULL;
CREATE INDEX delivery_state ON delivery(state, seq);

CREATE TABLE delivery_body (
  delivery_seq bigint NOT NULL PRIMARY KEY,
  headers bytea NOT NULL,
  body bytea NOT NULL,
  length integer NOT NULL);

-- Change requests as they were last seen, with their latest ruling. list_rank sorts the lists: see ChangeRank.
CREATE TABLE change_request (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key text NOT NULL UNIQUE,
  repository text NOT NULL,
  state integer NOT NULL,
  target_branch text NOT NULL,
  head text NOT NULL,
  json text NOT NULL,
  updated_ms bigint NOT NULL,
  ruling_seq bigint,
  ruled_head text,
  ruled_ms bigint,
  verdict integer,
  waiting_ms bigint,
  list_rank bigint NOT NULL);
CREATE INDEX change_request_rank ON change_request(list_rank, seq);
CREATE INDEX change_request_head ON change_request(repository, head);
CREATE INDEX change_request_allowed ON change_request(repository, target_branch, verdict, ruled_ms);

CREATE TABLE ruling (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id bytea NOT NULL UNIQUE,
  change_key text NOT NULL,
  ruled_ms bigint NOT NULL,
  audit_index bigint NOT NULL,
  json text NOT NULL);
CREATE INDEX ruling_change ON ruling(change_key, seq);

CREATE TABLE evidence (
  ruling_seq bigint NOT NULL PRIMARY KEY,
  digest text NOT NULL,
  body bytea NOT NULL,
  length integer NOT NULL);

CREATE TABLE obligation (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key text NOT NULL UNIQUE,
  kind text NOT NULL,
  lane text NOT NULL,
  change_key text,
  state integer NOT NULL,
  due_ms bigint,
  attempts integer NOT NULL,
  created_ms bigint NOT NULL,
  note text NOT NULL,
  reference text,
  audit_index bigint NOT NULL,
  json text NOT NULL);
CREATE INDEX obligation_due ON obligation(due_ms, id) WHERE due_ms IS NOT NULL;
CREATE INDEX obligation_open_lane ON obligation(lane, id) WHERE due_ms IS NOT NULL;
CREATE INDEX obligation_reference ON obligation(lane, id) WHERE reference IS NOT NULL;
CREATE INDEX obligation_state ON obligation(state, id);
CREATE INDEX obligation_change ON obligation(change_key, id);

CREATE TABLE access_token (
  sha256 bytea NOT NULL PRIMARY KEY,
  reference text NOT NULL,
  name text NOT NULL,
  role integer NOT NULL,
  created_ms bigint NOT NULL,
  revoked_ms bigint);

-- Who an opaque reference of the audit log stands for: personal, erasable, outside the tree.
CREATE TABLE identity (
  forge text NOT NULL,
  person_id text NOT NULL,
  reference text NOT NULL UNIQUE,
  PRIMARY KEY (forge, person_id));

-- The id of the last batch that was committed: how a writer finds out what became of a commit that got no answer.
CREATE TABLE writer_mark (
  id integer NOT NULL PRIMARY KEY CHECK (id = 1),
  batch bytea NOT NULL);

-- The audit log: insert only.
CREATE TABLE audit_log (
  origin text NOT NULL PRIMARY KEY,
  tenant text NOT NULL,
  created_ms bigint NOT NULL);

CREATE TABLE audit_leaf (
  seq bigint NOT NULL PRIMARY KEY,
  id text NOT NULL UNIQUE,
  time_ms bigint NOT NULL,
  type text NOT NULL,
  corr text,
  actor text,
  outcome text NOT NULL,
  body bytea NOT NULL CHECK (length(body) <= 16384),
  hash bytea NOT NULL CHECK (length(hash) = 32));
CREATE INDEX audit_leaf_corr ON audit_leaf(corr, seq) WHERE corr IS NOT NULL;

CREATE TABLE audit_tile (
  level integer NOT NULL,
  idx bigint NOT NULL,
  data bytea NOT NULL CHECK (length(data) = 8192),
  root bytea NOT NULL CHECK (length(root) = 32),
  PRIMARY KEY (level, idx));

CREATE TABLE audit_head (
  size bigint NOT NULL PRIMARY KEY,
  root bytea NOT NULL CHECK (length(root) = 32),
  time_ms bigint NOT NULL);

CREATE TABLE audit_pop (
  pop text NOT NULL,
  n bigint NOT NULL,
  seq bigint NOT NULL,
  PRIMARY KEY (pop, n));
CREATE INDEX audit_pop_seq ON audit_pop(seq);

INSERT INTO writer_mark (id, batch) VALUES (1, '\x00000000000000000000000000000000');

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'append-only'; END $$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_log_no_truncate BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_leaf_append_only BEFORE UPDATE OR DELETE ON audit_leaf FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_leaf_no_truncate BEFORE TRUNCATE ON audit_leaf FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_tile_append_only BEFORE UPDATE OR DELETE ON audit_tile FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_tile_no_truncate BEFORE TRUNCATE ON audit_tile FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_head_append_only BEFORE UPDATE OR DELETE ON audit_head FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_pop_append_only BEFORE UPDATE OR DELETE ON audit_pop FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_pop_no_truncate BEFORE TRUNCATE ON audit_pop FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
