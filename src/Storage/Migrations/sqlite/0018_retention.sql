-- Webhooks that were walked: their headers and body are locked with the key of their day (UTC, days since 1970). seal: nonce and tag. The locked
-- bytes stand in delivery_body, in the place of those in the clear, where the pages hold no other copy; the two columns here are the server's.
CREATE TABLE delivery_seal (
  delivery_seq INTEGER NOT NULL PRIMARY KEY,
  day INTEGER NOT NULL,
  seal BLOB NOT NULL,
  headers BLOB,
  body BLOB,
  length INTEGER NOT NULL);
CREATE INDEX delivery_seal_day ON delivery_seal(day);

-- The days of which webhooks were sealed; when they ended, and when nothing of them was left.
CREATE TABLE webhook_day (
  day INTEGER NOT NULL PRIMARY KEY,
  ended_ms INTEGER,
  done_ms INTEGER);

-- What rulings were made with, by its digest: bundles and the rules of the server. Never deleted; without a body, why says why.
CREATE TABLE kept_source (
  digest TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  body BLOB,
  length INTEGER NOT NULL,
  why TEXT NOT NULL,
  kept_ms INTEGER NOT NULL);

CREATE TRIGGER kept_source_no_change BEFORE UPDATE ON kept_source WHEN NEW.digest <> OLD.digest OR NEW.kind <> OLD.kind
  OR (OLD.body IS NOT NULL AND NEW.body IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'kept'); END;
CREATE TRIGGER kept_source_no_delete BEFORE DELETE ON kept_source BEGIN SELECT RAISE(ABORT, 'kept'); END;
