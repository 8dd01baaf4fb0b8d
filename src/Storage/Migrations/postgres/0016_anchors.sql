-- Checkpoints of the audit log that others hold on to: committed to a repository (kind git, ref is the commit) or stamped by an authority (kind
-- timestamp, ref is the stamp's number, proof its token). Insert only.
CREATE TABLE audit_anchor (
  size bigint NOT NULL,
  kind text NOT NULL,
  at_ms bigint NOT NULL,
  ref text NOT NULL,
  note text NOT NULL,
  proof bytea,
  PRIMARY KEY (kind, size, at_ms));
CREATE INDEX audit_anchor_time ON audit_anchor(at_ms);

CREATE TRIGGER audit_anchor_append_only BEFORE UPDATE OR DELETE ON audit_anchor FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_anchor_no_truncate BEFORE TRUNCATE ON audit_anchor FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
