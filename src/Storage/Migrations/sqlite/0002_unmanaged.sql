-- Unmanaged changes are few among many entries, and are asked for by everybody's first page.
CREATE INDEX audit_leaf_unmanaged ON audit_leaf(seq) WHERE type = 'change.unmanaged';
