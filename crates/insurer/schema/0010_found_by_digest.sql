-- Periods without digests are in coverage_to_key alone. While these had them too, SQLite went through all that were left for every few
-- that it was asked for.
DROP INDEX coverage_by_number;
DROP INDEX coverage_by_birth;
CREATE INDEX coverage_by_number ON coverage (number_key) WHERE number_key IS NOT NULL;
CREATE INDEX coverage_by_birth ON coverage (birth_key) WHERE birth_key IS NOT NULL;
