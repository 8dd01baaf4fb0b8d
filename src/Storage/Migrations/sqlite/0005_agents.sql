-- What the targets of sync agents should run: one row per order that was published. A target's highest version is the newest.
-- said and said_state are the agent's last word, and the state that its order's obligation is shown in because of it.
CREATE TABLE agent_order (
  order_id TEXT NOT NULL PRIMARY KEY,
  obligation_key TEXT NOT NULL UNIQUE,
  target TEXT NOT NULL,
  published INTEGER NOT NULL,
  version INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  lifetime_ms INTEGER NOT NULL,
  document BLOB NOT NULL,
  json TEXT NOT NULL,
  said_state INTEGER,
  said TEXT,
  UNIQUE (target, version));

-- The ids of reports that were taken in, so that one that is sent again is recorded once.
CREATE TABLE agent_report (
  target TEXT NOT NULL,
  id BLOB NOT NULL,
  said_ms INTEGER NOT NULL,
  PRIMARY KEY (target, id));

ALTER TABLE access_token ADD COLUMN target TEXT;
