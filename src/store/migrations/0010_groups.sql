-- Groups of computers: static ones have members, of the others the criteria
-- (JSON) say what belongs to them. How many members there are stands with the
-- group, so that a list of groups counts nothing.
CREATE TABLE computer_group (
	id TEXT COLLATE "C" PRIMARY KEY,
	name TEXT COLLATE "C" NOT NULL,
	name_key TEXT COLLATE "C" NOT NULL UNIQUE,
	description TEXT COLLATE "C" NOT NULL,
	kind TEXT COLLATE "C" NOT NULL,
	criteria TEXT COLLATE "C" NOT NULL,
	member_count BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	version BIGINT NOT NULL
);
CREATE TABLE group_member (
	group_id TEXT COLLATE "C" NOT NULL
		REFERENCES computer_group (id) ON DELETE CASCADE,
	computer_id TEXT COLLATE "C" NOT NULL REFERENCES computer (id),
	PRIMARY KEY (group_id, computer_id)
);
CREATE INDEX group_member_by_computer ON group_member (computer_id, group_id);

-- What each owner of a scope sees, by office and by static group. With the id
-- in the index an office is read from there alone.
DROP INDEX computer_by_office;
CREATE INDEX computer_by_office ON computer (office_id, state, id);
CREATE VIEW scope_computer (owner_id, computer_id) AS
	SELECT scope.owner_id, computer.id
	FROM scope JOIN computer ON computer.office_id = scope.place_id
	WHERE scope.kind = 'office'
	UNION ALL
	SELECT scope.owner_id, group_member.computer_id
	FROM scope JOIN group_member ON group_member.group_id = scope.place_id
	WHERE scope.kind = 'group';

-- The version as a text that sorts (src/store/version_key.h). Of contacts from
-- before there is but one version.
ALTER TABLE computer_contact ADD COLUMN
	agent_version_key TEXT COLLATE "C" NOT NULL DEFAULT '';
UPDATE computer_contact SET agent_version_key =
	'000000.000001.000000.000000.1' WHERE agent_version = '0.1.0';
