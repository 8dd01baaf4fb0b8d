-- Checkpoints of the audit log that were signed and stored, and the lines that witnesses put below them. Insert only.
CREATE TABLE audit_checkpoint (
  size INTEGER NOT NULL,
  signed_ms INTEGER NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (size, signed_ms));
CREATE TABLE audit_cosignature (
  size INTEGER NOT NULL,
  witness TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  line TEXT NOT NULL,
  PRIMARY KEY (size, witness, at_ms));

CREATE TRIGGER audit_checkpoint_no_update BEFORE UPDATE ON audit_checkpoint BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_checkpoint_no_delete BEFORE DELETE ON audit_checkpoint BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_cosignature_no_update BEFORE UPDATE ON audit_cosignature BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_cosignature_no_delete BEFORE DELETE ON audit_cosignature BEGIN SELECT RAISE(ABORT, 'append-only'); END;
