-- Offices, computers, certificates, people, tokens, inventory, settings.
-- Times are milliseconds since 1970 UTC, 0 meaning never.
CREATE TABLE office (
	id TEXT COLLATE "C" PRIMARY KEY,
	name TEXT COLLATE "C" NOT NULL,
	name_key TEXT COLLATE "C" NOT NULL UNIQUE,
	created_at BIGINT NOT NULL
);

CREATE TABLE computer (
	id TEXT COLLATE "C" PRIMARY KEY,
	office_id TEXT COLLATE "C" NOT NULL REFERENCES office (id),
	name TEXT COLLATE "C" NOT NULL,
	name_key TEXT COLLATE "C" NOT NULL,
	state TEXT COLLATE "C" NOT NULL,
	profile TEXT COLLATE "C" NOT NULL,
	enrolled_at BIGINT NOT NULL,
	last_seen_at BIGINT NOT NULL,
	last_address TEXT COLLATE "C" NOT NULL,
	agent_version TEXT COLLATE "C" NOT NULL,
	os_name TEXT COLLATE "C" NOT NULL,
	os_name_key TEXT COLLATE "C" NOT NULL,
	os_version TEXT COLLATE "C" NOT NULL,
	architecture TEXT COLLATE "C" NOT NULL,
	hardware_serial TEXT COLLATE "C" NOT NULL,
	hardware_serial_key TEXT COLLATE "C" NOT NULL,
	proved_at BIGINT NOT NULL,
	last_mutual_at BIGINT NOT NULL,
	credential_hash TEXT COLLATE "C" UNIQUE,
	certificate_serial TEXT COLLATE "C",
	flags BIGINT NOT NULL,
	acknowledged_publication BIGINT NOT NULL,
	software_count BIGINT NOT NULL,
	inventory_at BIGINT NOT NULL,
	refresh_requested_at BIGINT NOT NULL
);
CREATE INDEX computer_by_name ON computer (name_key, id);
CREATE INDEX computer_by_last_seen ON computer (last_seen_at, id);
CREATE INDEX computer_by_enrolled ON computer (enrolled_at, id);
CREATE INDEX computer_by_os ON computer (os_name_key, os_version, id);
CREATE INDEX computer_by_state ON computer (state, id);
CREATE INDEX computer_by_office ON computer (office_id, state);
CREATE INDEX computer_by_hardware ON computer (hardware_serial_key);

CREATE TABLE certificate (
	serial TEXT COLLATE "C" PRIMARY KEY,
	computer_id TEXT COLLATE "C" NOT NULL REFERENCES computer (id),
	fingerprint TEXT COLLATE "C" NOT NULL,
	subject TEXT COLLATE "C" NOT NULL,
	profile TEXT COLLATE "C" NOT NULL,
	not_before BIGINT NOT NULL,
	not_after BIGINT NOT NULL,
	issued_at BIGINT NOT NULL,
	revoked_at BIGINT NOT NULL,
	reason TEXT COLLATE "C" NOT NULL,
	first_used_at BIGINT NOT NULL,
	last_used_at BIGINT NOT NULL,
	is_superseded BIGINT NOT NULL,
	der BYTEA NOT NULL
);
CREATE INDEX certificate_by_computer
	ON certificate (computer_id, issued_at, serial);
CREATE INDEX certificate_by_issued ON certificate (issued_at, serial);
CREATE INDEX certificate_by_not_after ON certificate (not_after, serial);

CREATE TABLE local_user (
	id TEXT COLLATE "C" PRIMARY KEY,
	name TEXT COLLATE "C" NOT NULL,
	name_key TEXT COLLATE "C" NOT NULL UNIQUE,
	password_hash TEXT COLLATE "C" NOT NULL,
	must_change_password BIGINT NOT NULL,
	role TEXT COLLATE "C" NOT NULL,
	is_disabled BIGINT NOT NULL,
	failed_attempts BIGINT NOT NULL,
	locked_until BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	password_changed_at BIGINT NOT NULL,
	last_sign_in_at BIGINT NOT NULL
);

CREATE TABLE session (
	id TEXT COLLATE "C" PRIMARY KEY,
	user_id TEXT COLLATE "C" NOT NULL
		REFERENCES local_user (id) ON DELETE CASCADE,
	token_hash TEXT COLLATE "C" NOT NULL UNIQUE,
	listener TEXT COLLATE "C" NOT NULL,
	created_at BIGINT NOT NULL,
	last_used_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	address TEXT COLLATE "C" NOT NULL
);
CREATE INDEX session_by_user ON session (user_id, id);
CREATE INDEX session_by_expiry ON session (expires_at);

CREATE TABLE api_token (
	id TEXT COLLATE "C" PRIMARY KEY,
	user_id TEXT COLLATE "C" NOT NULL
		REFERENCES local_user (id) ON DELETE CASCADE,
	name TEXT COLLATE "C" NOT NULL,
	token_hash TEXT COLLATE "C" NOT NULL UNIQUE,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	last_used_at BIGINT NOT NULL,
	is_seen_over_http BIGINT NOT NULL
);
CREATE INDEX api_token_by_user ON api_token (user_id, id);

CREATE TABLE enrolment_token (
	id TEXT COLLATE "C" PRIMARY KEY,
	kind TEXT COLLATE "C" NOT NULL,
	office_id TEXT COLLATE "C" NOT NULL REFERENCES office (id),
	computer_id TEXT COLLATE "C" REFERENCES computer (id),
	comment TEXT COLLATE "C" NOT NULL,
	uses_allowed BIGINT NOT NULL,
	uses_left BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	created_by TEXT COLLATE "C" NOT NULL,
	revoked_at BIGINT NOT NULL
);
CREATE INDEX enrolment_token_by_office ON enrolment_token (office_id, id);
CREATE INDEX enrolment_token_by_computer ON enrolment_token (computer_id, id);

CREATE TABLE inventory (
	computer_id TEXT COLLATE "C" NOT NULL
		REFERENCES computer (id) ON DELETE CASCADE,
	section TEXT COLLATE "C" NOT NULL,
	digest TEXT COLLATE "C" NOT NULL,
	item_count BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	content BYTEA NOT NULL,
	PRIMARY KEY (computer_id, section)
);

CREATE TABLE setting (
	key TEXT COLLATE "C" PRIMARY KEY,
	text TEXT COLLATE "C" NOT NULL,
	integer BIGINT NOT NULL,
	version BIGINT NOT NULL,
	changed_at BIGINT NOT NULL
);

CREATE TABLE journal_head (
	n BIGINT PRIMARY KEY,
	hash TEXT COLLATE "C" NOT NULL,
	seen_at BIGINT NOT NULL
);

CREATE TABLE trust_event (
	id TEXT COLLATE "C" PRIMARY KEY,
	at BIGINT NOT NULL,
	kind TEXT COLLATE "C" NOT NULL,
	subject TEXT COLLATE "C" NOT NULL,
	detail TEXT COLLATE "C" NOT NULL,
	actor TEXT COLLATE "C" NOT NULL,
	address TEXT COLLATE "C" NOT NULL
);
CREATE INDEX trust_event_by_subject ON trust_event (subject, id);
CREATE INDEX trust_event_by_kind ON trust_event (kind, id);
