-- What the targets of sync agents should run: one row per order that was published. A target's highest version is the newest.
-- said and said_state are the agent's last word, and the state that its order's obligation is shown in because of it.
CREATE TABLE agent_order (
  order_id text NOT NULL PRIMARY KEY,
  obligation_key text NOT NULL UNIQUE,
  target text NOT NULL,
  published bigint NOT NULL,
  version bigint NOT NULL,
  expires_ms bigint NOT NULL,
  lifetime_ms bigint NOT NULL,
  document bytea NOT NULL,
  json text NOT NULL,
  said_state integer,
  said text,
  UNIQUE (target, version));

-- The ids of reports that were taken in, so that one that is sent again is recorded once.
CREATE TABLE agent_report (
  target text NOT NULL,
  id bytea NOT NULL,
  said_ms bigint NOT NULL,
  PRIMARY KEY (target, id));

ALTER TABLE access_token ADD COLUMN target text;
