-- The identity provider: which services may log residents in, and what stands between us and each of them. As everywhere
-- here, no attribute of a person; times are microseconds since 1970.

-- class of the session's login: 'Smartcard' (the card alone) or 'SmartcardPKI' (card and PIN).
ALTER TABLE session ADD COLUMN class TEXT NOT NULL DEFAULT 'SmartcardPKI';

-- role: 'reception' at an institution, 'operator' at the platform's own office.
ALTER TABLE staff ADD COLUMN role TEXT NOT NULL DEFAULT 'reception';

-- A registered service. metadata: the file as it came. policy: JSON. source: where to fetch it anew, and source_key the
-- certificate (DER) its signature must verify with; both empty for a file. problem: code of the last refresh's failure.
CREATE TABLE service (
  entity TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  metadata BYTEA NOT NULL,
  policy TEXT NOT NULL,
  source TEXT NOT NULL,
  source_key BYTEA NOT NULL,
  revision BIGINT NOT NULL,
  added_at BIGINT NOT NULL,
  refreshed_at BIGINT NOT NULL,
  refresh_at BIGINT NOT NULL,
  problem TEXT NOT NULL
);
-- Asked every second, and must not touch the metadata.
CREATE INDEX service_refreshed ON service (refreshed_at);
CREATE INDEX service_refresh ON service (refresh_at);

-- What was done to a service, and by whom: the former metadata and policy stay readable. Under our own entity ID: what was
-- done to our keys. revision counts all changes, so that whoever knows the last one knows that nothing else has changed.
CREATE TABLE service_change (
  entity TEXT NOT NULL,
  revision BIGINT NOT NULL,
  at BIGINT NOT NULL,
  staff TEXT NOT NULL,
  what TEXT NOT NULL,
  metadata BYTEA NOT NULL,
  policy TEXT NOT NULL,
  PRIMARY KEY (entity, revision)
);
CREATE INDEX service_change_revision ON service_change (revision);

-- A key pair of the identity provider; its private half is in the key store under key_name. use_for: 'sign-rsa', 'sign-p256'
-- or 'decrypt'. Published from published_at, used from used_from, no longer used from used_until, forgotten at retired_at.
-- certificate is empty while a process makes the key, which it has announced at published_at.
CREATE TABLE service_key (
  key_name TEXT PRIMARY KEY,
  use_for TEXT NOT NULL,
  published_at BIGINT NOT NULL,
  used_from BIGINT NOT NULL,
  used_until BIGINT NOT NULL,
  retired_at BIGINT NOT NULL,
  certificate BYTEA NOT NULL
);

-- That a resident uses a service. The pseudonym is derived from resident, service and generation, never stored; a new
-- link after an unlinking has a new generation. offered: the attribute names that the resident was asked about at agreed_at,
-- released: those they agreed to; both with spaces between.
-- name_digest: keyed digest of the pseudonym, under which a service's question or logout finds the resident again. Without
-- the key it can be joined with nothing that the service holds.
CREATE TABLE service_link (
  resident_id BYTEA NOT NULL REFERENCES resident (resident_id),
  entity TEXT NOT NULL,
  generation BIGINT NOT NULL,
  linked_at BIGINT NOT NULL,
  agreed_at BIGINT NOT NULL,
  used_at BIGINT NOT NULL,
  ended_at BIGINT,
  offered TEXT NOT NULL,
  released TEXT NOT NULL,
  text_version TEXT NOT NULL,
  name_digest BYTEA NOT NULL,
  PRIMARY KEY (resident_id, entity, generation)
);
CREATE INDEX service_link_name ON service_link (entity, name_digest);

-- A session at a service that began with one of ours. session_index, which is random and known to that service alone, and
-- name, which is the transient one or empty, are sealed; index_digest and name_digest: keyed digests, as in service_link.
-- began_at is kept to the minute, as are the times of a link.
CREATE TABLE service_session (
  session_digest BYTEA NOT NULL,
  index_digest BYTEA NOT NULL UNIQUE,
  session_index BYTEA NOT NULL,
  resident_id BYTEA NOT NULL,
  entity TEXT NOT NULL,
  generation BIGINT NOT NULL,
  name BYTEA NOT NULL,
  name_digest BYTEA NOT NULL,
  began_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (session_digest, index_digest)
);
CREATE INDEX service_session_expiry ON service_session (expires_at);
CREATE INDEX service_session_name ON service_session (entity, name_digest);

-- A message that waits for its service to fetch it. artifact: digest of the handle. message: sealed.
CREATE TABLE artifact (
  artifact BYTEA PRIMARY KEY,
  entity TEXT NOT NULL,
  message BYTEA NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX artifact_expiry ON artifact (expires_at);

-- Ids of messages that were acted on, until they would be refused for their age.
CREATE TABLE message_seen (
  entity TEXT NOT NULL,
  message BYTEA NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (entity, message)
);
CREATE INDEX message_seen_expiry ON message_seen (expires_at);

-- A logout that goes from service to service through the browser. handle: digest of the secret in the RelayState. visitor:
-- digest of the cookie of the browser it was first continued in; empty before. state: JSON, sealed: who has confirmed, who
-- has not, who is next, and whom to answer.
CREATE TABLE logout (
  handle BYTEA PRIMARY KEY,
  visitor BYTEA NOT NULL,
  state BYTEA NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX logout_expiry ON logout (expires_at);
