-- Checkpoints of the audit log that others hold on to: committed to a repository (kind git, ref is the commit) or stamped by an authority (kind
-- timestamp, ref is the stamp's number, proof its token). Insert only.
CREATE TABLE audit_anchor (
  size INTEGER NOT NULL,
  kind TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  ref TEXT NOT NULL,
  note TEXT NOT NULL,
  proof BLOB,
  PRIMARY KEY (kind, size, at_ms));
CREATE INDEX audit_anchor_time ON audit_anchor(at_ms);

CREATE TRIGGER audit_anchor_no_update BEFORE UPDATE ON audit_anchor BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_anchor_no_delete BEFORE DELETE ON audit_anchor BEGIN SELECT RAISE(ABORT, 'append-only'); END;
