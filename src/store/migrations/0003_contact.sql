-- What every contact of a computer changes stands apart: a narrow row with one
-- index beside its key, where the row in computer is wide and in eight.
-- Its key has a name of its own, for joins with tables that say computer_id.
CREATE TABLE computer_contact (
	contact_id TEXT COLLATE "C" PRIMARY KEY REFERENCES computer (id),
	last_seen_at BIGINT NOT NULL,
	last_address TEXT COLLATE "C" NOT NULL,
	agent_version TEXT COLLATE "C" NOT NULL,
	proved_at BIGINT NOT NULL,
	last_mutual_at BIGINT NOT NULL,
	last_credential_at BIGINT NOT NULL,
	acknowledged_publication BIGINT NOT NULL,
	refresh_requested_at BIGINT NOT NULL,
	proxy_report TEXT COLLATE "C" NOT NULL,
	used_serial TEXT COLLATE "C"
);
INSERT INTO computer_contact (contact_id, last_seen_at, last_address,
	agent_version, proved_at, last_mutual_at, last_credential_at,
	acknowledged_publication, refresh_requested_at, proxy_report)
	SELECT id, last_seen_at, last_address, agent_version, proved_at,
		last_mutual_at, last_credential_at, acknowledged_publication,
		refresh_requested_at, proxy_report
	FROM computer;
CREATE INDEX computer_contact_by_last_seen
	ON computer_contact (last_seen_at, contact_id);

DROP INDEX computer_by_last_seen;
ALTER TABLE computer DROP COLUMN last_seen_at;
ALTER TABLE computer DROP COLUMN last_address;
ALTER TABLE computer DROP COLUMN agent_version;
ALTER TABLE computer DROP COLUMN proved_at;
ALTER TABLE computer DROP COLUMN last_mutual_at;
ALTER TABLE computer DROP COLUMN last_credential_at;
ALTER TABLE computer DROP COLUMN proxy_report;
ALTER TABLE computer DROP COLUMN acknowledged_publication;
ALTER TABLE computer DROP COLUMN refresh_requested_at;

-- With the state, counting by system looks at this index alone.
DROP INDEX computer_by_os;
CREATE INDEX computer_by_os ON computer (os_name_key, os_version, id, state);

-- What a search reads whole: few bytes a computer. The text is the folded name,
-- the folded hardware serial, the address and the id, each on its own line.
CREATE TABLE computer_search (
	computer_id TEXT COLLATE "C" PRIMARY KEY REFERENCES computer (id),
	state TEXT COLLATE "C" NOT NULL,
	office_id TEXT COLLATE "C" NOT NULL,
	text TEXT COLLATE "C" NOT NULL
);
INSERT INTO computer_search (computer_id, state, office_id, text)
	SELECT id, state, office_id, name_key || '
' || hardware_serial_key || '
' || last_address || '
' || id
	FROM computer JOIN computer_contact ON contact_id = id;
