-- A service that a resident no longer lets see their records, and an institution that is still to be told: the tokens that the
-- service got before ended_at are to be refused there. One row for each institution that the resident is linked to by generation; it is
-- gone once the institution has been told, or when the last of those tokens has run out. told_by: until when whoever tells it does
-- so; a time that has passed says that somebody else has to.
CREATE TABLE grant_end (
  resident_id BYTEA NOT NULL REFERENCES resident (resident_id),
  provider TEXT NOT NULL,
  generation BIGINT NOT NULL,
  entity TEXT NOT NULL,
  ended_at BIGINT NOT NULL,
  told_by BIGINT NOT NULL,
  PRIMARY KEY (resident_id, provider, generation, entity)
);
CREATE INDEX grant_end_by_time ON grant_end (told_by);
