-- What an insurer holds of a person beside coverage: sealed like it, each with the key of its member.

-- One row per check-up: of a member, on a day, at an institution.
CREATE TABLE checkup (
    checkup_id BYTEA PRIMARY KEY,
    member_id BYTEA NOT NULL REFERENCES member (member_id),
    digest BYTEA NOT NULL,
    record BYTEA NOT NULL
);
CREATE INDEX checkup_by_member ON checkup (member_id);

-- One row per treatment of a member in a month at an institution.
CREATE TABLE expense (
    expense_id BYTEA PRIMARY KEY,
    member_id BYTEA NOT NULL REFERENCES member (member_id),
    digest BYTEA NOT NULL,
    record BYTEA NOT NULL
);
CREATE INDEX expense_by_member ON expense (member_id);

-- One row per member: dummy data of the demonstration.
CREATE TABLE pension (
    pension_id BYTEA PRIMARY KEY,
    member_id BYTEA NOT NULL REFERENCES member (member_id),
    digest BYTEA NOT NULL,
    record BYTEA NOT NULL
);
CREATE INDEX pension_by_member ON pension (member_id);
