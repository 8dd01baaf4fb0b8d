-- Webhooks that were walked: their headers and body are locked with the key of their day (UTC, days since 1970), and stand here instead of in
-- delivery_body, which is small therefore and can be written anew. seal: nonce and tag.
CREATE TABLE delivery_seal (
  delivery_seq bigint NOT NULL PRIMARY KEY,
  day bigint NOT NULL,
  seal bytea NOT NULL,
  headers bytea,
  body bytea,
  length integer NOT NULL);
CREATE INDEX delivery_seal_day ON delivery_seal(day);

-- The days of which webhooks were sealed; when they ended, and when nothing of them was left.
CREATE TABLE webhook_day (
  day bigint NOT NULL PRIMARY KEY,
  ended_ms bigint,
  done_ms bigint);

-- What rulings were made with, by its digest: bundles and the rules of the server. Never deleted; without a body, why says why.
CREATE TABLE kept_source (
  digest text NOT NULL PRIMARY KEY,
  kind text NOT NULL,
  body bytea,
  length integer NOT NULL,
  why text NOT NULL,
  kept_ms bigint NOT NULL);

CREATE TRIGGER kept_source_no_change BEFORE UPDATE ON kept_source FOR EACH ROW
  WHEN (NEW.digest <> OLD.digest OR NEW.kind <> OLD.kind OR (OLD.body IS NOT NULL AND NEW.body IS NOT NULL))
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER kept_source_no_delete BEFORE DELETE ON kept_source FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER kept_source_no_truncate BEFORE TRUNCATE ON kept_source FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
