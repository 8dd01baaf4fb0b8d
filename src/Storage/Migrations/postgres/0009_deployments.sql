-- Deployments that forges hold until the gate has answered. change_key is empty while none is waited for; is_open is 0 once it was answered.
CREATE TABLE deployment_question (
  key text NOT NULL PRIMARY KEY,
  repository text NOT NULL,
  change_key text NOT NULL,
  asked_ms bigint NOT NULL,
  is_open bigint NOT NULL,
  json text NOT NULL);
CREATE INDEX deployment_question_waiting ON deployment_question(change_key, asked_ms) WHERE is_open = 1;

-- Every commit up to which a guarded branch was covered.
CREATE TABLE covered_commit (
  repository text NOT NULL,
  name text NOT NULL,
  commit_id text NOT NULL,
  at_ms bigint NOT NULL,
  PRIMARY KEY (repository, commit_id, name));
INSERT INTO covered_commit (repository, name, commit_id, at_ms)
  SELECT repository, name, covered, updated_ms FROM branch WHERE covered <> '';
