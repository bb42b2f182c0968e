-- A resident's wish to be linked with an institution, from the asking on: one row for each time it begins anew, under a
-- generation of its own, so that no pseudonym is used twice. The row stands before anything is sent. What the resident wrote
-- to find their record goes to the institution and is kept nowhere here. In the table link stands only what they have confirmed.
-- state: asked (no answer yet), review (a clerk there looks at it), linked (there; not confirmed here), confirmed (now a link),
-- unmatched, refused, denied (the resident said that it is not them), withdrawn. text_version: of the consent; provider is
-- whom it names. asked_at: the day (its first instant in Japan): no closer, so that an institution's own times find nobody here.
-- tries: how often it was sent, of those that may have been answered. sending_until: while a process waits for the answer, until
-- when that takes at most; NULL once it is done.
CREATE TABLE linking (
  resident_id BYTEA NOT NULL REFERENCES resident (resident_id),
  provider TEXT NOT NULL,
  generation BIGINT NOT NULL,
  state TEXT NOT NULL,
  text_version TEXT NOT NULL,
  asked_at BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  sending_until BIGINT,
  PRIMARY KEY (resident_id, provider, generation)
);

-- A link has ended here, and the institution has not confirmed that yet: it is told again at next_at, under the login of
-- login_at (to the minute). Gone once it is told.
CREATE TABLE link_end (
  resident_id BYTEA NOT NULL REFERENCES resident (resident_id),
  provider TEXT NOT NULL,
  generation BIGINT NOT NULL,
  login_at BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  PRIMARY KEY (resident_id, provider, generation)
);
CREATE INDEX link_end_next ON link_end (next_at);
