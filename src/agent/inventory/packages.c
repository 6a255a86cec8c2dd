/* The section "packages": what dpkg and rpm say is installed. */
#include "agent/inventory/collect.h"

#include "agent/inventory/program.h"
#include "base/clock.h"
#include "base/memory.h"

enum {
	MEMBER_NAME_MAX = 4096
};

/* One paragraph of /var/lib/dpkg/status. */
struct paragraph {
	struct view package;
	struct view status;
	struct view version;
	struct view architecture;
	struct view origin; /* "Source:" */
};

static void
take_field(struct paragraph *paragraph, struct view line)
{
	const struct {
		const char *name;
		struct view *out;
	} fields[] = {
	    {"Package", &paragraph->package},
	    {"Status", &paragraph->status},
	    {"Version", &paragraph->version},
	    {"Architecture", &paragraph->architecture},
	    {"Source", &paragraph->origin},
	};
	struct view name, value;

	if (line.data[0] == ' ' || line.data[0] == '\t' ||
	    !view_cut(line, ':', &name, &value))
		return; /* continued text of a field before */
	for (size_t i = 0; i < array_length(fields); i++)
		if (view_equal_string_nocase(name, fields[i].name))
			*fields[i].out = view_trim(value);
}

/* dpkg writes the list of a package's files when it unpacks it; packages that
 * may be there for several architectures have the architecture in the name. */
static void
add_install_time(const struct source *source, json_t *item, const char *name,
    const char *architecture)
{
	scoped(memory_freep) char *plain =
	    memory_format("/var/lib/dpkg/info/%s.list", name);
	scoped(memory_freep) char *with_architecture =
	    memory_format("/var/lib/dpkg/info/%s:%s.list", name, architecture);
	struct stat status = {0};

	if (source_stat(source, with_architecture, &status) ||
	    source_stat(source, plain, &status))
		json_set_time(item, "installed_at",
		    (int64_t)status.st_mtim.tv_sec * 1000);
}

/* "install ok installed", "hold ok triggers-pending": what is wanted, its
 * health, what is there. */
static bool
is_installed(struct view status)
{
	static const char *const states[] = {
	    "installed", "triggers-pending", "triggers-awaited"};
	struct view word;

	view_cut(status, ' ', &word, &status);
	view_cut(status, ' ', &word, &status);
	for (size_t i = 0; i < array_length(states); i++)
		if (view_equal_string(status, states[i]))
			return true;
	return false;
}

static void
add_dpkg(const struct source *source, json_t *section,
    const struct paragraph *paragraph)
{
	scoped(memory_freep) char *name = NULL, *architecture = NULL;
	scoped(memory_freep) char *key = NULL;
	json_t *item;

	if (paragraph->package.length == 0 ||
	    paragraph->package.length > MEMBER_NAME_MAX ||
	    !is_installed(paragraph->status))
		return;
	name = view_to_string(paragraph->package);
	architecture = view_to_string(
	    view_slice(paragraph->architecture, 0, MEMBER_NAME_MAX));
	key = memory_format("%s:%s", name, architecture);
	item = json_object();
	source_set(item, "format", "dpkg");
	source_set(item, "name", name);
	source_set(item, "architecture", architecture);
	source_set_view(item, "version", paragraph->version);
	source_set_view(item, "source", paragraph->origin);
	add_install_time(source, item, name, architecture);
	source_add(section, key, item);
}

void
packages_read_dpkg(
    const struct source *source, json_t *section, struct view status)
{
	struct paragraph paragraph = {0};
	struct view line;

	while (source_line(&status, &line)) {
		if (line.length > 0) {
			take_field(&paragraph, line);
			continue;
		}
		add_dpkg(source, section, &paragraph);
		paragraph = (struct paragraph){0};
	}
	add_dpkg(source, section, &paragraph);
}

static bool
collect_dpkg(const struct source *source, json_t *section)
{
	size_t length = 0;
	scoped(memory_freep) char *text = source_read(
	    source, "/var/lib/dpkg/status", SOURCE_FILE_MAX, &length);

	packages_read_dpkg(source, section, view_of(text, length));
	return text != NULL;
}

/* The columns of one line of rpm's answer. */
enum {
	RPM_NAME,
	RPM_EPOCH,
	RPM_VERSION,
	RPM_RELEASE,
	RPM_ARCHITECTURE,
	RPM_INSTALL_TIME,
	RPM_VENDOR,
	RPM_SOURCE,
	RPM_COLUMNS,
};
static const char RPM_FORMAT[] =
    "%{NAME}\t%{EPOCHNUM}\t%{VERSION}\t%{RELEASE}\t%{ARCH}\t"
    "%{INSTALLTIME}\t%{VENDOR}\t%{SOURCERPM}\n";

static char *
rpm_version(const struct view *columns)
{
	scoped(memory_freep) char *epoch = view_to_string(columns[RPM_EPOCH]);
	scoped(memory_freep) char *version =
	    view_to_string(columns[RPM_VERSION]);
	scoped(memory_freep) char *release =
	    view_to_string(columns[RPM_RELEASE]);

	if (strcmp(epoch, "0") == 0)
		return memory_format("%s-%s", version, release);
	return memory_format("%s:%s-%s", epoch, version, release);
}

static void
set_unless_none(json_t *item, const char *member, struct view text)
{
	if (!view_equal_string(text, "(none)"))
		source_set_view(item, member, text);
}

static void
add_rpm(json_t *section, struct view line)
{
	scoped(memory_freep) char *name = NULL, *version = NULL;
	scoped(memory_freep) char *architecture = NULL, *key = NULL;
	struct view columns[RPM_COLUMNS];
	uint64_t installed_s = 0;
	json_t *item;

	for (size_t i = 0; i < RPM_COLUMNS; i++)
		view_cut(line, '\t', &columns[i], &line);
	/* Imported signing keys are kept as packages too. */
	if (columns[RPM_NAME].length == 0 ||
	    view_equal_string(columns[RPM_NAME], "gpg-pubkey"))
		return;
	name = view_to_string(columns[RPM_NAME]);
	architecture = view_to_string(columns[RPM_ARCHITECTURE]);
	version = rpm_version(columns);
	/* Kernels are installed side by side, so the version is in the key. */
	key = memory_format("%s-%s.%s", name, version, architecture);
	item = json_object();
	source_set(item, "format", "rpm");
	source_set(item, "name", name);
	source_set(item, "version", version);
	set_unless_none(item, "architecture", columns[RPM_ARCHITECTURE]);
	set_unless_none(item, "vendor", columns[RPM_VENDOR]);
	set_unless_none(item, "source", columns[RPM_SOURCE]);
	if (view_to_u64(columns[RPM_INSTALL_TIME], UINT32_MAX, &installed_s))
		json_set_time(
		    item, "installed_at", (int64_t)installed_s * 1000);
	source_add(section, key, item);
}

/* The folder with an rpm database, below the prefix; NULL where none is. */
static char *
find_rpm_database(const struct source *source)
{
	static const char *const folders[] = {
	    "/usr/lib/sysimage/rpm", "/var/lib/rpm"};
	static const char *const files[] = {
	    "rpmdb.sqlite", "Packages.db", "Packages"};

	for (size_t i = 0; i < array_length(folders); i++)
		for (size_t k = 0; k < array_length(files); k++)
			if (source_exists(
				source, "%s/%s", folders[i], files[k]))
				return source_path(source, folders[i]);
	return NULL;
}

void
packages_read_rpm(json_t *section, struct view listing)
{
	struct view line;

	while (source_line(&listing, &line))
		add_rpm(section, line);
}

static bool
collect_rpm(const char *folder, json_t *section, struct err *err)
{
	const char *const argv[] = {"rpm", "--dbpath", folder, "-qa",
	    "--queryformat", RPM_FORMAT, NULL};
	scoped(buf_donep) struct buf output = BUF_INIT(PROGRAM_OUTPUT_MAX);

	if (!program_run(argv, &output, err))
		return err_prefix(err, "the rpm database in %s", folder);
	packages_read_rpm(section, buf_view(&output));
	return true;
}

bool
packages_collect(const struct source *source, json_t *section, struct err *err)
{
	scoped(memory_freep) char *rpm_folder = find_rpm_database(source);
	bool has_dpkg = collect_dpkg(source, section);

	/* Where dpkg rules, a stray rpm database that no rpm program reads is
	 * no reason to lose the rest. */
	if (rpm_folder != NULL && !collect_rpm(rpm_folder, section, err) &&
	    !has_dpkg)
		return false;
	if (rpm_folder == NULL && !has_dpkg)
		return err_set(err, ERR_NOT_FOUND,
		    "neither a dpkg nor an rpm database is on this computer");
	return true;
}
