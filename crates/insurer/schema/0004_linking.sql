-- A resident and the insurer find each other: the node is asked for somebody by number and basic items, and looks.

-- Digests by which a period is found: of symbol and number, and of the birth date. The node makes them itself, after each
-- import; a period without them is looked at by every search.
ALTER TABLE coverage ADD COLUMN number_key BYTEA;
ALTER TABLE coverage ADD COLUMN birth_key BYTEA;
CREATE INDEX coverage_by_number ON coverage (number_key);
CREATE INDEX coverage_by_birth ON coverage (birth_key);

-- New digests on their way there: empty but for the moment in which some are written.
CREATE TABLE coverage_key (
    coverage_id BYTEA PRIMARY KEY,
    number_key BYTEA NOT NULL,
    birth_key BYTEA NOT NULL
);

-- Where a link comes from: file, request. A link file speaks only of those that came by file.
ALTER TABLE link ADD COLUMN origin TEXT NOT NULL DEFAULT 'file';
CREATE INDEX link_by_member ON link (member_id);

-- Pseudonyms that a resident has given up. They are never linked again, by whatever way.
CREATE TABLE closed_pseudonym (
    pseudonym BYTEA PRIMARY KEY,
    closed_at BIGINT NOT NULL
);

-- Who asked to be found today, so that nobody tries many names.
CREATE TABLE link_request (
    request_id BYTEA PRIMARY KEY,
    pseudonym BYTEA NOT NULL,
    day BIGINT NOT NULL
);
CREATE INDEX link_request_by_pseudonym ON link_request (pseudonym);

-- Requests that a clerk has to decide on, and what became of them. Times in rows about a person are days: the relay's log has
-- the moment, which must not lead here.
CREATE TABLE link_case (
    case_id BYTEA PRIMARY KEY,
    -- The case's own name as soon as it has an end.
    pseudonym BYTEA NOT NULL,
    -- waiting, linked, refused, withdrawn
    state TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    -- What was asked and whom it may mean, sealed. It is gone as soon as the case has an end.
    content BYTEA,
    reason TEXT,
    -- The clerk's own words, sealed.
    note BYTEA,
    decided_by TEXT,
    decided_at BIGINT
);
CREATE UNIQUE INDEX link_case_waiting ON link_case (pseudonym) WHERE state = 'waiting';
CREATE INDEX link_case_by_time ON link_case (opened_at);
