-- The few entries that the audit log has about itself (its name, its keys), which each start asks for.
CREATE INDEX audit_leaf_milestone ON audit_leaf(seq) WHERE type IN ('log.opened', 'key.created', 'key.revoked');
