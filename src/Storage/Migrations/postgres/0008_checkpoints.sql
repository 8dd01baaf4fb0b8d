-- Checkpoints of the audit log that were signed and stored, and the lines that witnesses put below them. Insert only.
CREATE TABLE audit_checkpoint (
  size bigint NOT NULL,
  signed_ms bigint NOT NULL,
  note text NOT NULL,
  PRIMARY KEY (size, signed_ms));
CREATE TABLE audit_cosignature (
  size bigint NOT NULL,
  witness text NOT NULL,
  at_ms bigint NOT NULL,
  line text NOT NULL,
  PRIMARY KEY (size, witness, at_ms));

CREATE TRIGGER audit_checkpoint_append_only BEFORE UPDATE OR DELETE ON audit_checkpoint FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_checkpoint_no_truncate BEFORE TRUNCATE ON audit_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_cosignature_append_only BEFORE UPDATE OR DELETE ON audit_cosignature FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_cosignature_no_truncate BEFORE TRUNCATE ON audit_cosignature FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
