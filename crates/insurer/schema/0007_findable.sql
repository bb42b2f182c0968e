-- Periods that have no digests yet, in the order in which they get them: nobody looks for them among all the others.
CREATE INDEX coverage_to_key ON coverage (coverage_id) WHERE number_key IS NULL;
