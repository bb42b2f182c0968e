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

-- What an institution has registered with the discovery service beside what the configuration says of it. metadata: as XML. It
-- says nothing about any person.
CREATE TABLE discovery_service (
  metadata_id TEXT PRIMARY KEY,
  entity TEXT NOT NULL,
  metadata TEXT NOT NULL,
  changed_at BIGINT NOT NULL
);
CREATE INDEX discovery_service_entity ON discovery_service (entity);
