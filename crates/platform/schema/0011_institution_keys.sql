-- With what an institution's own software shows who it is when it asks before a claim. key_digest: SHA-256 of the key, which only
-- the institution has. key_id names the row at the office. issued_by and withdrawn_by: login names.
CREATE TABLE institution_key (
  key_digest BYTEA PRIMARY KEY,
  key_id BYTEA NOT NULL UNIQUE,
  institution TEXT NOT NULL REFERENCES institution (code),
  label TEXT NOT NULL,
  issued_by TEXT NOT NULL,
  issued_at BIGINT NOT NULL,
  withdrawn_by TEXT,
  withdrawn_at BIGINT
);
CREATE INDEX institution_key_institution ON institution_key (institution, issued_at);
