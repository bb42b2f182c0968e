-- Which records a resident lets a service find at the institutions, and for what: one row for each time it was given. A row
-- is changed once, when it is withdrawn. category and purpose: their codes. Over until it ends by itself or the link does;
-- number counts within link and category. Times are to the minute.
CREATE TABLE service_consent (
  resident_id BYTEA NOT NULL REFERENCES resident (resident_id),
  entity TEXT NOT NULL,
  generation BIGINT NOT NULL,
  category TEXT NOT NULL,
  number BIGINT NOT NULL,
  purpose TEXT NOT NULL,
  text_version TEXT NOT NULL,
  given_at BIGINT NOT NULL,
  until BIGINT NOT NULL,
  withdrawn_at BIGINT,
  PRIMARY KEY (resident_id, entity, generation, category, number)
);
