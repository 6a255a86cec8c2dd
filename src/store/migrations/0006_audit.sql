-- What was done, by whom, and what was refused: numbered without a gap, each
-- row with the hash of the one before. Its hashes are over the texts as they
-- stand here; how, says docs/protocol/audit.md.
CREATE TABLE audit (
	n BIGINT PRIMARY KEY,
	at BIGINT NOT NULL,
	actor_kind TEXT COLLATE "C" NOT NULL,
	actor_id TEXT COLLATE "C" NOT NULL,
	actor_name TEXT COLLATE "C" NOT NULL,
	action TEXT COLLATE "C" NOT NULL,
	target_kind TEXT COLLATE "C" NOT NULL,
	target_id TEXT COLLATE "C" NOT NULL,
	target_name TEXT COLLATE "C" NOT NULL,
	address TEXT COLLATE "C" NOT NULL,
	listener TEXT COLLATE "C" NOT NULL,
	outcome TEXT COLLATE "C" NOT NULL,
	code TEXT COLLATE "C" NOT NULL,
	occurrences BIGINT NOT NULL,
	value_before TEXT COLLATE "C" NOT NULL,
	value_after TEXT COLLATE "C" NOT NULL,
	previous_hash TEXT COLLATE "C" NOT NULL,
	hash TEXT COLLATE "C" NOT NULL
);
CREATE INDEX audit_by_time ON audit (at, n);
CREATE INDEX audit_by_action ON audit (action, n);
CREATE INDEX audit_by_actor ON audit (actor_id, n);
CREATE INDEX audit_by_target ON audit (target_id, n);

-- The end of the chain once more, in one row: rows that are cut off at the end
-- leave a gap that never closes.
CREATE TABLE audit_head (
	id BIGINT PRIMARY KEY,
	n BIGINT NOT NULL,
	hash TEXT COLLATE "C" NOT NULL
);
INSERT INTO audit_head (id, n, hash) VALUES (1, 0,
	'0000000000000000000000000000000000000000000000000000000000000000');

-- Where old rows were cut off, with the statement that the signer has signed.
CREATE TABLE audit_checkpoint (
	n BIGINT PRIMARY KEY,
	hash TEXT COLLATE "C" NOT NULL,
	at BIGINT NOT NULL,
	statement TEXT COLLATE "C" NOT NULL
);
