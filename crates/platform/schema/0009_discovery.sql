-- That a service has asked for a resident's records and the resident is to be asked first: one row for each pair, the last one
-- counts. state: keyed digest of what stands in the page's address; the row is taken out when it is answered. records: the
-- codes that the resident is asked about, with spaces between. fault: the message that named the page.
CREATE TABLE discovery_ask (
  entity TEXT NOT NULL,
  resident_id BYTEA NOT NULL REFERENCES resident (resident_id),
  state BYTEA NOT NULL UNIQUE,
  generation BIGINT NOT NULL,
  records TEXT NOT NULL,
  fault TEXT NOT NULL,
  until BIGINT NOT NULL,
  PRIMARY KEY (entity, resident_id)
);
CREATE INDEX discovery_ask_expiry ON discovery_ask (until);
