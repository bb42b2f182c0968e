-- The node's own console: who works at it, and who has logged in.

CREATE TABLE clerk (
    clerk_id BYTEA PRIMARY KEY,
    login_name TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    -- Digest of the code of an invitation, while there is one.
    invitation BYTEA,
    invitation_expires_at BIGINT
);

CREATE TABLE passkey (
    clerk_id BYTEA NOT NULL REFERENCES clerk (clerk_id),
    passkey_id BYTEA NOT NULL PRIMARY KEY,
    -- As the library writes it: public keys only.
    credential TEXT NOT NULL,
    registered_at BIGINT NOT NULL
);
CREATE INDEX passkey_by_clerk ON passkey (clerk_id);

-- A session is known by the digest of its cookie.
CREATE TABLE session (
    session_digest BYTEA PRIMARY KEY,
    clerk_id BYTEA NOT NULL REFERENCES clerk (clerk_id),
    browser BYTEA NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
