-- An insurer's node. No column holds a value of a person in clear, and no digest is made with a key that another
-- database knows: rows of two databases cannot be joined.

-- One row per insured person: what is known of them is sealed with their own key, and gone with it.
CREATE TABLE member (
    member_id BYTEA PRIMARY KEY,
    data_key BYTEA NOT NULL
);

-- One row per period of coverage, as the insurer's file has it.
CREATE TABLE coverage (
    coverage_id BYTEA PRIMARY KEY,
    member_id BYTEA NOT NULL REFERENCES member (member_id),
    digest BYTEA NOT NULL,
    record BYTEA NOT NULL
);
CREATE INDEX coverage_by_member ON coverage (member_id);

-- By which pseudonym the region asks for a member. A member who changed number is two members of one pseudonym.
CREATE TABLE link (
    pseudonym BYTEA NOT NULL,
    member_id BYTEA NOT NULL REFERENCES member (member_id),
    linked_at BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (pseudonym, member_id)
);

-- Every file that was taken. The bytes are sealed in a folder, under their digest.
CREATE TABLE import_file (
    import_id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    sha256 BYTEA NOT NULL,
    row_count BIGINT NOT NULL,
    imported_at BIGINT NOT NULL
);

-- Messages received a short while ago, so that none is answered twice.
CREATE TABLE seen_message (
    message BYTEA PRIMARY KEY,
    seen_at BIGINT NOT NULL
);
CREATE INDEX seen_message_by_time ON seen_message (seen_at);

-- Who asked for what, and what came of it. Each entry carries a digest over itself and the one before; the log's end is
-- sealed with the node's key, so that nobody else can move it.
CREATE TABLE access_log (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    requester TEXT NOT NULL,
    pseudonym BYTEA,
    category TEXT NOT NULL,
    purpose TEXT NOT NULL,
    message BYTEA NOT NULL,
    outcome TEXT NOT NULL,
    hash BYTEA NOT NULL
);
CREATE TABLE access_log_head (
    head_id BIGINT PRIMARY KEY CHECK (head_id = 1),
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    seal BYTEA NOT NULL
);
-- The node seals it when it starts for the first time.
INSERT INTO access_log_head (head_id, seq, hash, seal) VALUES (1, 0, CAST('' AS BYTEA), CAST('' AS BYTEA));
