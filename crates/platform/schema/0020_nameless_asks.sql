-- Empty in every row since the name of that message is made when it is needed.
ALTER TABLE discovery_ask DROP COLUMN fault;
