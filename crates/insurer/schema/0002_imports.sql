-- A file is looked at before it is taken: what it would change waits here, sealed, and what it changed can be taken back.

-- Every file that was looked at, and what became of it. It takes the place of import_file, which a later release drops.
CREATE TABLE import (
    import_id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    -- reading, pending, applied, discarded, undone
    state TEXT NOT NULL,
    -- The import that it was compared with: the newest of its kind in force; 0 for none.
    base BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    row_count BIGINT NOT NULL,
    added BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    -- How many rows have run out, and how many are of each copayment; nothing where the kind has no such rows.
    lapsed BIGINT,
    one_tenth BIGINT,
    two_tenths BIGINT,
    three_tenths BIGINT,
    -- In JSON: what differs so much from the import before that a second person must approve.
    drift TEXT NOT NULL,
    -- What the reader remarked, sealed: it quotes cells.
    remarks BYTEA,
    previewed_by TEXT NOT NULL,
    previewed_at BIGINT NOT NULL,
    applied_by TEXT,
    applied_at BIGINT,
    undone_by TEXT,
    undone_at BIGINT,
    -- Whether what it changed is still kept: 1 for the newest of its kind.
    former BIGINT NOT NULL
);
INSERT INTO import (import_id, kind, state, base, sha256, row_count, added, changed, removed, drift, previewed_by,
        previewed_at, applied_by, applied_at, former)
    SELECT import_id, kind, 'applied', 0, sha256, row_count, 0, 0, 0, '[]', '', imported_at, '', imported_at, 0
    FROM import_file;

-- Keys of members whom only a waiting file names.
CREATE TABLE pending_member (
    import_id BIGINT NOT NULL REFERENCES import (import_id),
    member_id BYTEA NOT NULL,
    data_key BYTEA NOT NULL,
    PRIMARY KEY (import_id, member_id)
);

-- The rows of a waiting file, of any kind whose rows are sealed records. A row that is held as it is has no content here.
CREATE TABLE pending_record (
    import_id BIGINT NOT NULL REFERENCES import (import_id),
    record_id BYTEA NOT NULL,
    member_id BYTEA,
    digest BYTEA,
    record BYTEA,
    PRIMARY KEY (import_id, record_id)
);

-- What the rows that an import changed were before. A row that was not there has no content here.
CREATE TABLE former_record (
    import_id BIGINT NOT NULL REFERENCES import (import_id),
    record_id BYTEA NOT NULL,
    member_id BYTEA,
    digest BYTEA,
    record BYTEA,
    PRIMARY KEY (import_id, record_id)
);

-- The same for links.
CREATE TABLE pending_link (
    import_id BIGINT NOT NULL REFERENCES import (import_id),
    pseudonym BYTEA NOT NULL,
    member_id BYTEA NOT NULL,
    PRIMARY KEY (import_id, pseudonym, member_id)
);
CREATE TABLE former_link (
    import_id BIGINT NOT NULL REFERENCES import (import_id),
    pseudonym BYTEA NOT NULL,
    member_id BYTEA NOT NULL,
    linked_at BIGINT,
    ended_at BIGINT,
    PRIMARY KEY (import_id, pseudonym, member_id)
);
