-- Software: which active computers have which version of which title. Numbers
-- stand for long keys, for there are some hundred rows of each computer; they
-- are never given twice.
CREATE TABLE software_title (
	id BIGINT PRIMARY KEY,
	format TEXT COLLATE "C" NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	name_key TEXT COLLATE "C" NOT NULL,
	computers BIGINT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX software_title_by_name
	ON software_title (name_key, name, format);

CREATE TABLE software_version (
	id BIGINT PRIMARY KEY,
	title_id BIGINT NOT NULL,
	version TEXT COLLATE "C" NOT NULL,
	computers BIGINT NOT NULL
) WITHOUT ROWID;
CREATE UNIQUE INDEX software_version_by_title
	ON software_version (title_id, version);

-- The computers that are counted.
CREATE TABLE software_computer (
	number BIGINT PRIMARY KEY,
	computer_id TEXT COLLATE "C" NOT NULL UNIQUE
) WITHOUT ROWID;

-- Who has it: found by the version alone, so its key is all that it needs.
CREATE TABLE computer_software (
	version_id BIGINT NOT NULL,
	computer_number BIGINT NOT NULL,
	installed_at BIGINT NOT NULL,
	PRIMARY KEY (version_id, computer_number)
) WITHOUT ROWID;

-- The same the other way round, a row a computer: the section it was counted
-- from, and the titles and versions, packed (src/store/software_pairs.h).
CREATE TABLE software_packed (
	packed_number BIGINT PRIMARY KEY,
	digest TEXT COLLATE "C" NOT NULL,
	pairs BYTEA NOT NULL
);

CREATE TABLE software_number (
	kind TEXT COLLATE "C" PRIMARY KEY,
	next BIGINT NOT NULL
);
INSERT INTO software_number (kind, next) VALUES
	('title', 1), ('version', 1), ('computer', 1);

-- Computers whose section is there and is still to be counted.
CREATE TABLE software_uncounted (
	computer_id TEXT COLLATE "C" PRIMARY KEY
);
INSERT INTO software_uncounted (computer_id)
	SELECT computer_id FROM inventory JOIN computer ON id = computer_id
	WHERE section = 'packages' AND state = 'active';
