-- What tells a duplicate leaves the table of deliveries. Here each key comes in with its delivery, since several gateways may write.
CREATE TABLE door_key (key bytea NOT NULL PRIMARY KEY);
INSERT INTO door_key (key) SELECT door_key FROM delivery;
ALTER TABLE delivery DROP COLUMN door_key;
