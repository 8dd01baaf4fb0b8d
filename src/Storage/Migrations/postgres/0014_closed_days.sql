-- The newest close is asked for every few minutes, and one day in a long log is found without reading the others.
CREATE INDEX audit_leaf_closed ON audit_leaf(seq) WHERE type = 'population.closed';
