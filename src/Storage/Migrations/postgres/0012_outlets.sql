-- Where each sink of the audit log stands. next_seq is the first entry that its receiver has not acknowledged; promised_seq the end of a batch that
-- was sent without an answer.
CREATE TABLE audit_sink (
  name text NOT NULL PRIMARY KEY,
  next_seq bigint NOT NULL,
  promised_seq bigint,
  kept_ms bigint,
  holder text,
  held_until_ms bigint NOT NULL);

-- What an auditor's token may read, and until when. The token itself is among the others, as a hash.
CREATE TABLE auditor_link (
  reference text NOT NULL PRIMARY KEY,
  name text NOT NULL,
  from_ms bigint NOT NULL,
  to_ms bigint NOT NULL,
  environment text,
  created_ms bigint NOT NULL,
  expires_ms bigint NOT NULL,
  revoked_ms bigint);

-- Attestations that were issued, by the SHA-256 that the log names.
CREATE TABLE attestation (
  sha256 bytea NOT NULL PRIMARY KEY,
  ruling text NOT NULL,
  predicate text NOT NULL,
  issued_ms bigint NOT NULL,
  envelope bytea NOT NULL);
CREATE INDEX attestation_ruling ON attestation(ruling, issued_ms);
