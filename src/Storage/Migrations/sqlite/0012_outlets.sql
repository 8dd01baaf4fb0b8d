-- Where each sink of the audit log stands. next_seq is the first entry that its receiver has not acknowledged; promised_seq the end of a batch that
-- was sent without an answer.
CREATE TABLE audit_sink (
  name TEXT NOT NULL PRIMARY KEY,
  next_seq INTEGER NOT NULL,
  promised_seq INTEGER,
  kept_ms INTEGER,
  holder TEXT,
  held_until_ms INTEGER NOT NULL);

-- What an auditor's token may read, and until when. The token itself is among the others, as a hash.
CREATE TABLE auditor_link (
  reference TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  from_ms INTEGER NOT NULL,
  to_ms INTEGER NOT NULL,
  environment TEXT,
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  revoked_ms INTEGER);

-- Attestations that were issued, by the SHA-256 that the log names.
CREATE TABLE attestation (
  sha256 BLOB NOT NULL PRIMARY KEY,
  ruling TEXT NOT NULL,
  predicate TEXT NOT NULL,
  issued_ms INTEGER NOT NULL,
  envelope BLOB NOT NULL);
CREATE INDEX attestation_ruling ON attestation(ruling, issued_ms);
