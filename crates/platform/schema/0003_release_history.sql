-- What a resident has agreed to for a service, each time: rows are added, never changed. offered and released as in
-- service_link, agreed_at to the minute, number counts within the link's generation.
CREATE TABLE service_release (
  resident_id BYTEA NOT NULL REFERENCES resident (resident_id),
  entity TEXT NOT NULL,
  generation BIGINT NOT NULL,
  number BIGINT NOT NULL,
  agreed_at BIGINT NOT NULL,
  offered TEXT NOT NULL,
  released TEXT NOT NULL,
  text_version TEXT NOT NULL,
  PRIMARY KEY (resident_id, entity, generation, number)
);

-- What was agreed to before there was a history: the last of it is known.
INSERT INTO service_release (resident_id, entity, generation, number, agreed_at, offered, released, text_version)
SELECT resident_id, entity, generation, 1, agreed_at, offered, released, text_version FROM service_link;
