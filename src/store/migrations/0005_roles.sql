-- Roles: levels per module as text ("computers=full inventory=read"); those of
-- the roles that are always there stand in the program and are empty here.
CREATE TABLE role (
	id TEXT COLLATE "C" PRIMARY KEY,
	name TEXT COLLATE "C" NOT NULL,
	name_key TEXT COLLATE "C" NOT NULL UNIQUE,
	levels TEXT COLLATE "C" NOT NULL,
	created_at BIGINT NOT NULL,
	version BIGINT NOT NULL
);
INSERT INTO role (id, name, name_key, levels, created_at, version) VALUES
	('00000000-0000-7000-8000-000000000011', 'Administrator',
		'administrator', '', 0, 1),
	('00000000-0000-7000-8000-000000000012', 'Technician',
		'technician', '', 0, 1),
	('00000000-0000-7000-8000-000000000013', 'Auditor', 'auditor', '', 0, 1),
	('00000000-0000-7000-8000-000000000014', 'Guest', 'guest', '', 0, 1);

ALTER TABLE local_user ADD COLUMN role_id TEXT COLLATE "C" NOT NULL
	DEFAULT '00000000-0000-7000-8000-000000000014';
ALTER TABLE local_user ADD COLUMN is_scoped BIGINT NOT NULL DEFAULT 0;
ALTER TABLE local_user ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
UPDATE local_user SET role_id = CASE role
	WHEN 'administrator' THEN '00000000-0000-7000-8000-000000000011'
	WHEN 'auditor' THEN '00000000-0000-7000-8000-000000000013'
	ELSE role_id END;
ALTER TABLE local_user DROP COLUMN role;
CREATE INDEX local_user_by_role ON local_user (role_id);

-- A token that was to work for ever gets the longest life that one may have
-- now: 366 days.
ALTER TABLE api_token ADD COLUMN role_id TEXT COLLATE "C" NOT NULL
	DEFAULT '00000000-0000-7000-8000-000000000014';
ALTER TABLE api_token ADD COLUMN is_scoped BIGINT NOT NULL DEFAULT 0;
UPDATE api_token SET expires_at = created_at + 31622400000
	WHERE expires_at = 0;
UPDATE api_token SET role_id = (SELECT role_id FROM local_user
	WHERE local_user.id = api_token.user_id);
CREATE INDEX api_token_by_role ON api_token (role_id);

-- The places that a user or an API token (the owner) is limited to, where its
-- is_scoped says that it is.
CREATE TABLE scope (
	owner_id TEXT COLLATE "C" NOT NULL,
	kind TEXT COLLATE "C" NOT NULL,
	place_id TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (owner_id, kind, place_id)
);
CREATE INDEX scope_by_place ON scope (kind, place_id);

-- Who changed what of a thing that two people may edit, by its version.
ALTER TABLE office ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
CREATE TABLE revision (
	kind TEXT COLLATE "C" NOT NULL,
	thing_id TEXT COLLATE "C" NOT NULL,
	version BIGINT NOT NULL,
	at BIGINT NOT NULL,
	actor TEXT COLLATE "C" NOT NULL,
	members TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (kind, thing_id, version)
);
