-- Which controls have held on a branch without a lapse, as JSON; empty when none has.
ALTER TABLE branch ADD COLUMN controls TEXT NOT NULL DEFAULT '';

-- What an attestation is about, and the promise that it was issued for: at most one of each predicate. Null where somebody asked for it.
ALTER TABLE attestation ADD COLUMN commit_id TEXT;
ALTER TABLE attestation ADD COLUMN promise TEXT;
CREATE INDEX attestation_commit ON attestation(commit_id, issued_ms);
CREATE UNIQUE INDEX attestation_promise ON attestation(promise, predicate);

-- Signatures under lists of a bundle's files, by the SHA-256 of what was signed: the same bundle is signed once, so that it has the same bytes.
CREATE TABLE kept_signature (
  key_id TEXT NOT NULL,
  sha256 BLOB NOT NULL,
  signature BLOB NOT NULL,
  PRIMARY KEY (key_id, sha256));
