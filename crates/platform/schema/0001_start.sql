-- The relay: who has which card, which institutions hold something, and what was consented to. No attribute of a
-- person is ever stored here. Times are microseconds since 1970; identifiers are 16 bytes unless said otherwise.

CREATE TABLE resident (
  resident_id BYTEA PRIMARY KEY,
  enrolled_at BIGINT NOT NULL
);

-- write_count: the card's own counter as last proved, so that an older copy of the card is noticed.
-- pin_registration: OPAQUE registration record, sealed; empty until the holder sets a PIN.
CREATE TABLE card (
  resident_id BYTEA NOT NULL REFERENCES resident (resident_id),
  card_id BYTEA NOT NULL UNIQUE,
  state TEXT NOT NULL,
  key_version BIGINT NOT NULL,
  write_count BIGINT NOT NULL,
  tries_left BIGINT NOT NULL,
  pin_registration BYTEA,
  issued_at BIGINT NOT NULL,
  PRIMARY KEY (resident_id, card_id)
);

-- One conversation with one card, from the server's nonce to the end. browser: digest of the cookie it belongs to.
-- step: started, proved, trying, done. possession: what the card has proved. pin_exchange: sealed.
CREATE TABLE attempt (
  sid BYTEA PRIMARY KEY,
  purpose TEXT NOT NULL,
  browser BYTEA NOT NULL,
  nonce BYTEA NOT NULL,
  step TEXT NOT NULL,
  card_id BYTEA,
  possession BYTEA,
  pin_exchange BYTEA,
  expires_at BIGINT NOT NULL
);
CREATE INDEX attempt_expiry ON attempt (expires_at);

-- session_digest: SHA-256 of the cookie. browser: digest of what the browser says of itself; another browser that
-- shows the same cookie ends the session. subject: resident or staff member, by kind.
CREATE TABLE session (
  session_digest BYTEA PRIMARY KEY,
  kind TEXT NOT NULL,
  subject BYTEA NOT NULL,
  browser BYTEA NOT NULL,
  started_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX session_expiry ON session (expires_at);

-- That an institution holds something about a resident. The pseudonym is derived when needed, never stored.
CREATE TABLE link (
  resident_id BYTEA NOT NULL REFERENCES resident (resident_id),
  provider TEXT NOT NULL,
  generation BIGINT NOT NULL,
  linked_at BIGINT NOT NULL,
  ended_at BIGINT,
  PRIMARY KEY (resident_id, provider, generation)
);

CREATE TABLE consent (
  resident_id BYTEA NOT NULL REFERENCES resident (resident_id),
  consent_id BYTEA NOT NULL,
  purpose TEXT NOT NULL,
  text_version TEXT NOT NULL,
  given_at BIGINT NOT NULL,
  withdrawn_at BIGINT,
  PRIMARY KEY (resident_id, consent_id)
);

CREATE TABLE institution (
  code TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  joined_at BIGINT NOT NULL
);

-- invitation: digest of a one-time code with which a new member of staff registers the first passkey.
CREATE TABLE staff (
  staff_id BYTEA PRIMARY KEY,
  institution TEXT NOT NULL REFERENCES institution (code),
  login_name TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  state TEXT NOT NULL,
  invitation BYTEA,
  invitation_expires_at BIGINT
);

CREATE TABLE passkey (
  staff_id BYTEA NOT NULL REFERENCES staff (staff_id),
  passkey_id BYTEA NOT NULL,
  credential TEXT NOT NULL,
  registered_at BIGINT NOT NULL,
  PRIMARY KEY (staff_id, passkey_id)
);

-- A passkey conversation between its challenge and its answer. state: JSON of the library, sealed.
CREATE TABLE ceremony (
  ceremony_id BYTEA PRIMARY KEY,
  staff_id BYTEA NOT NULL REFERENCES staff (staff_id),
  kind TEXT NOT NULL,
  state BYTEA NOT NULL,
  expires_at BIGINT NOT NULL
);

-- One row for each disclosure. subject: the resident under a pseudonym that exists only here. message: keyed digest of
-- the message id, so that this log and an institution's own cannot be joined without the key.
CREATE TABLE audit_entry (
  number BIGINT PRIMARY KEY,
  at BIGINT NOT NULL,
  subject BYTEA NOT NULL,
  actor_kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  staff BYTEA,
  category TEXT NOT NULL,
  purpose TEXT NOT NULL,
  source TEXT NOT NULL,
  outcome TEXT NOT NULL,
  message BYTEA NOT NULL,
  previous BYTEA NOT NULL,
  hash BYTEA NOT NULL
);
CREATE INDEX audit_entry_subject ON audit_entry (subject, number);

-- The end of the chain under the key store's authentication code, so that cutting the log short is noticed too.
CREATE TABLE audit_head (
  id BIGINT PRIMARY KEY,
  number BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  seal BYTEA NOT NULL
);
