/* Collectors on fixture trees: a Debian desktop, and a board without SMBIOS. */
#include "base/cmocka_test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/inventory/collect.h"
#include "base/memory.h"
#include "base/text.h"

#define DEBIAN SOURCE_ROOT "/tests/fixtures/inventory/debian"
#define BOARD  SOURCE_ROOT "/tests/fixtures/inventory/board"

static json_t *
collected(section_collector *collector, const char *prefix)
{
	struct source source = source_open(prefix);
	json_t *section = json_object();
	struct err err = ERR_INIT;

	if (!collector(&source, section, &err))
		fail_msg("%s", err_sentence(&err));
	return section;
}

/* The section's item as text, or "" when there is none. */
static void
is_item(const json_t *section, const char *key, const char *wanted)
{
	json_t *item = json_object_get(section, key);
	scoped(memory_freep) char *text =
	    item == NULL ? memory_string("") : json_write(item);

	assert_string_equal(text, wanted);
}

static void
hardware_comes_from_smbios(void **state)
{
	scoped(json_freep) json_t *section =
	    collected(hardware_collect, DEBIAN);

	is_item(section, "this",
	    "{\"chassis_type\":\"notebook\",\"firmware_date\":\"12/02/2021\","
	    "\"firmware_vendor\":\"LENOVO\","
	    "\"firmware_version\":\"N32ET75W (1.51 )\","
	    "\"manufacturer\":\"LENOVO\",\"product\":\"20XW004AUS\","
	    "\"serial\":\"PF2ABCDE\","
	    "\"uuid\":\"4c4c4544-0042-3310-8052-b4c04f563432\","
	    "\"version\":\"ThinkPad X1 Carbon Gen 9\"}");
}

static void
hardware_without_smbios_comes_from_the_device_tree(void **state)
{
	scoped(json_freep) json_t *section = collected(hardware_collect, BOARD);

	is_item(section, "this",
	    "{\"manufacturer\":\"raspberrypi\","
	    "\"product\":\"Raspberry Pi 4 Model B Rev 1.4\","
	    "\"serial\":\"10000000abcdef01\"}");
}

static void
hardware_of_nothing_is_an_empty_item(void **state)
{
	scoped(json_freep) json_t *section =
	    collected(hardware_collect, "/nonexistent");

	is_item(section, "this", "{}");
}

static void
processors_are_counted_by_socket(void **state)
{
	scoped(json_freep) json_t *section =
	    collected(processors_collect, DEBIAN);

	assert_int_equal(json_object_size(section), 2);
	is_item(section, "1",
	    "{\"cores\":1,\"max_mhz\":4700,"
	    "\"model\":\"11th Gen Intel(R) Core(TM) i7-1165G7 @ 2.80GHz\","
	    "\"threads\":2,\"vendor\":\"GenuineIntel\"}");
}

static void
processors_of_a_board_are_one_socket(void **state)
{
	scoped(json_freep) json_t *section =
	    collected(processors_collect, BOARD);

	assert_int_equal(json_object_size(section), 1);
	is_item(section, "0",
	    "{\"model\":\"0xd08\",\"threads\":4,\"vendor\":\"0x41\"}");
}

static void
memory_is_what_is_built_in(void **state)
{
	scoped(json_freep) json_t *section = collected(memory_collect, DEBIAN);

	is_item(section, "this",
	    "{\"swap_bytes\":8589930496,\"total_bytes\":16708005888}");
}

static void
disks_are_whole_devices_with_a_medium(void **state)
{
	scoped(json_freep) json_t *section = collected(disks_collect, DEBIAN);

	assert_int_equal(json_object_size(section), 2);
	is_item(section, "sda",
	    "{\"model\":\"Samsung SSD 870\",\"read_only\":false,"
	    "\"removable\":false,\"rotational\":false,"
	    "\"size_bytes\":1000204886016,\"vendor\":\"ATA\"}");
	is_item(section, "nvme0n1",
	    "{\"model\":\"WDC PC SN730\",\"rotational\":false,"
	    "\"serial\":\"20466A802345\",\"size_bytes\":512110190592}");
}

static void
filesystems_are_those_that_hold_data_once_each(void **state)
{
	scoped(json_freep) json_t *section =
	    collected(filesystems_collect, DEBIAN);

	assert_int_equal(json_object_size(section), 4);
	is_item(section, "/mnt/My Data",
	    "{\"device\":\"/dev/sda1\",\"read_only\":true,\"type\":\"xfs\"}");
	is_item(section, "/mnt/nfs",
	    "{\"device\":\"files.example.net:/export\",\"read_only\":false,"
	    "\"type\":\"nfs4\"}");
	assert_non_null(json_object_get(section, "/"));
	assert_non_null(json_object_get(section, "/boot/efi"));
}

static void
interfaces_leave_out_what_comes_and_goes(void **state)
{
	scoped(json_freep) json_t *section =
	    collected(interfaces_collect, DEBIAN);

	assert_int_equal(json_object_size(section), 3);
	is_item(section, "eth0",
	    "{\"addresses\":[],\"kind\":\"ethernet\","
	    "\"mac\":\"02:42:ac:11:00:02\",\"mtu\":1500,"
	    "\"speed_mbps\":1000,\"up\":true}");
	is_item(section, "wlan0",
	    "{\"addresses\":[],\"kind\":\"wireless\","
	    "\"mac\":\"02:42:ac:11:00:02\",\"mtu\":1500,\"up\":false}");
	is_item(section, "lo",
	    "{\"addresses\":[],\"kind\":\"loopback\",\"mtu\":65536,"
	    "\"up\":true}");
}

static void
operating_system_is_read_with_its_quotes(void **state)
{
	scoped(json_freep) json_t *debian =
	    collected(operating_system_collect, DEBIAN);
	scoped(json_freep) json_t *board =
	    collected(operating_system_collect, BOARD);

	is_item(debian, "this",
	    "{\"codename\":\"bookworm\",\"hostname\":\"desk\","
	    "\"id\":\"debian\",\"kernel\":\"Linux\","
	    "\"kernel_release\":\"6.1.0-18-amd64\",\"kernel_version\":"
	    "\"#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)\","
	    "\"name\":\"Debian GNU/Linux\","
	    "\"pretty_name\":\"Debian GNU/Linux 12 (bookworm)\","
	    "\"timezone\":\"Asia/Tokyo\",\"version\":\"12 (bookworm)\","
	    "\"version_id\":\"12\"}");
	is_item(board, "this",
	    "{\"id\":\"alpine\",\"pretty_name\":\"Alpine \\\"Linux\\\" v3.19\","
	    "\"version_id\":\"3.19.0\"}");
}

static void
packages_are_those_that_are_installed(void **state)
{
	scoped(json_freep) json_t *section =
	    collected(packages_collect, DEBIAN);
	json_t *bash = json_object_get(section, "bash:amd64");

	assert_int_equal(json_object_size(section), 4);
	assert_string_equal(
	    json_string_value(json_object_get(bash, "version")), "5.2.15-2+b2");
	assert_non_null(json_object_get(bash, "installed_at"));
	assert_non_null(json_object_get(section, "libc6:amd64"));
	assert_non_null(json_object_get(section, "libc6:i386"));
	assert_non_null(json_object_get(section, "last:all"));
}

static void
packages_without_any_database_are_an_error(void **state)
{
	struct source source = source_open("/nonexistent");
	scoped(json_freep) json_t *section = json_object();
	struct err err = ERR_INIT;

	assert_false(packages_collect(&source, section, &err));
	assert_int_equal(err.category, ERR_NOT_FOUND);
}

static void
services_say_how_they_start(void **state)
{
	scoped(json_freep) json_t *section =
	    collected(services_collect, DEBIAN);

	assert_int_equal(json_object_size(section), 4);
	is_item(section, "ssh.service",
	    "{\"description\":\"OpenBSD Secure Shell server\","
	    "\"manager\":\"systemd\",\"start\":\"enabled\"}");
	is_item(section, "cron.service",
	    "{\"description\":\"The administrator's cron\","
	    "\"manager\":\"systemd\",\"start\":\"disabled\"}");
	is_item(section, "cups.service",
	    "{\"manager\":\"systemd\",\"start\":\"masked\"}");
	is_item(section, "dbus.service",
	    "{\"description\":\"D-Bus\",\"manager\":\"systemd\","
	    "\"start\":\"static\"}");
}

static void
service_states_are_read_from_systemctl(void **state)
{
	scoped(json_freep) json_t *section =
	    collected(services_collect, DEBIAN);

	services_read_states(section,
	    VIEW_LITERAL(
		"ssh.service      loaded    active   running OpenBSD SSH\n"
		"getty@tty1.service loaded  active   running Getty on tty1\n"
		"gone.service     not-found inactive dead    gone.service\n"
		"user@1000.service loaded   active   running User Manager\n"
		"\n"
		"cut.service"));
	is_item(section, "ssh.service",
	    "{\"description\":\"OpenBSD Secure Shell server\","
	    "\"manager\":\"systemd\",\"start\":\"enabled\","
	    "\"state\":\"active\",\"substate\":\"running\"}");
	is_item(section, "getty@tty1.service",
	    "{\"description\":\"Getty on tty1\",\"manager\":\"systemd\","
	    "\"state\":\"active\",\"substate\":\"running\"}");
	is_item(section, "gone.service", "");
	is_item(section, "user@1000.service", "");
}

static void
services_without_systemd_are_scripts(void **state)
{
	scoped(json_freep) json_t *section = collected(services_collect, BOARD);

	assert_int_equal(json_object_size(section), 2);
	is_item(section, "ssh",
	    "{\"description\":\"OpenBSD Secure Shell server\","
	    "\"manager\":\"sysv\",\"start\":\"enabled\"}");
	is_item(
	    section, "cron", "{\"manager\":\"sysv\",\"start\":\"disabled\"}");
}

static void
users_have_groups_and_rights(void **state)
{
	scoped(json_freep) json_t *section = collected(users_collect, DEBIAN);

	assert_int_equal(json_object_size(section), 4);
	is_item(section, "hanako",
	    "{\"administrator\":true,\"can_log_in\":true,"
	    "\"full_name\":\"山田花子\",\"gid\":1000,"
	    "\"groups\":[\"docker\",\"hanako\",\"sudo\"],"
	    "\"home\":\"/home/hanako\",\"shell\":\"/bin/bash\","
	    "\"uid\":1000}");
	is_item(section, "daemon",
	    "{\"administrator\":false,\"can_log_in\":false,"
	    "\"full_name\":\"daemon\",\"gid\":1,\"groups\":[\"daemon\"],"
	    "\"home\":\"/usr/sbin\",\"shell\":\"/usr/sbin/nologin\","
	    "\"uid\":1}");
}

static void
foreign_bytes_are_mended(void **state)
{
	scoped(json_freep) json_t *section = collected(users_collect, BOARD);

	is_item(section, "root",
	    "{\"administrator\":true,\"can_log_in\":true,"
	    "\"full_name\":\"r\xef\xbf\xbdot\",\"gid\":0,\"groups\":[],"
	    "\"home\":\"/root\",\"shell\":\"/bin/ash\",\"uid\":0}");
}

static void
texts_are_cut_between_characters(void **state)
{
	scoped(json_freep) json_t *item = json_object();
	char text[3 * SOURCE_TEXT_MAX + 1] = "";
	const char *cut;

	for (size_t i = 0; i + 3 < sizeof(text); i += 3)
		memcpy(text + i, "割", 4);
	source_set(item, "a", text);
	cut = json_string_value(json_object_get(item, "a"));
	assert_true(strlen(cut) <= SOURCE_TEXT_MAX);
	assert_true(strlen(cut) > SOURCE_TEXT_MAX - 4);
	assert_true(utf8_is_valid(view_string(cut)));
	assert_null(strstr(cut, "\xef\xbf\xbd"));
}

static void
keys_that_no_server_takes_are_left_out(void **state)
{
	scoped(json_freep) json_t *section = json_object();
	json_t *large = json_object();
	char key[2 * INVENTORY_KEY_MAX];

	memset(key, 'k', sizeof(key));
	key[sizeof(key) - 1] = '\0';
	source_add(section, key, json_object());
	source_add(section, "", json_object());
	json_set_value(large, "a", json_array());
	for (size_t i = 0; i < 200; i++)
		json_array_append_new(
		    json_object_get(large, "a"), json_stringn(key, 500));
	source_add(section, "large", large);
	assert_int_equal(json_object_size(section), 0);
}

static void
a_file_over_its_bound_is_not_read(void **state)
{
	struct source source = source_open(DEBIAN);

	assert_null(source_read(&source, "/etc/passwd", 10, NULL));
	assert_null(source_read(&source, "/etc", 10, NULL));
	assert_null(source_read(&source, "/nothing", 10, NULL));
}

static void
this_computer_gives_all_or_says_why(void **state)
{
	struct source source = source_open("");
	scoped(json_freep) json_t *sections = NULL, *failures = NULL;
	struct timespec before, after;

	clock_gettime(CLOCK_MONOTONIC, &before);
	collect_inventory(&source, &sections, &failures);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_int_equal(
	    json_object_size(sections) + json_object_size(failures),
	    INVENTORY_SECTIONS);
	assert_non_null(json_object_get(sections, "operating_system"));
	assert_non_null(json_object_get(sections, "users"));
}

static void
the_same_computer_twice_gives_the_same(void **state)
{
	struct source source = source_open("");
	scoped(json_freep) json_t *one = NULL, *two = NULL;
	scoped(json_freep) json_t *failures = NULL, *failures_two = NULL;
	scoped(memory_freep) char *first = NULL, *second = NULL;

	collect_inventory(&source, &one, &failures);
	collect_inventory(&source, &two, &failures_two);
	first = json_write(one);
	second = json_write(two);
	assert_string_equal(first, second);
}

static void
a_changed_package_database_changes_the_mark(void **state)
{
	char folder[] = "/tmp/warifu-collect-XXXXXX";
	scoped(memory_freep) char *path = NULL;
	struct timespec times[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	struct source source;
	uint64_t first, second;

	assert_non_null(mkdtemp(folder));
	source = source_open(folder);
	first = collect_software_mark(&source);
	path = source_path(&source, "/var");
	assert_int_equal(mkdir(path, 0700), 0);
	free(take(path));
	path = source_path(&source, "/var/lib");
	assert_int_equal(mkdir(path, 0700), 0);
	free(take(path));
	path = source_path(&source, "/var/lib/dpkg");
	assert_int_equal(mkdir(path, 0700), 0);
	free(take(path));
	path = source_path(&source, "/var/lib/dpkg/status");
	close(open(path, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	second = collect_software_mark(&source);
	assert_true(first != second);
	assert_true(second == collect_software_mark(&source));
	times[1].tv_nsec = 1;
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_true(second != collect_software_mark(&source));
	free(take(path));
	path = memory_format("%s/var/lib/dpkg/status", folder);
	unlink(path);
	for (char *end = strrchr(path, '/'); end > path + strlen(folder) - 1;
	     end = strrchr(path, '/')) {
		*end = '\0';
		rmdir(path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hardware_comes_from_smbios),
	    cmocka_unit_test(
		hardware_without_smbios_comes_from_the_device_tree),
	    cmocka_unit_test(hardware_of_nothing_is_an_empty_item),
	    cmocka_unit_test(processors_are_counted_by_socket),
	    cmocka_unit_test(processors_of_a_board_are_one_socket),
	    cmocka_unit_test(memory_is_what_is_built_in),
	    cmocka_unit_test(disks_are_whole_devices_with_a_medium),
	    cmocka_unit_test(filesystems_are_those_that_hold_data_once_each),
	    cmocka_unit_test(interfaces_leave_out_what_comes_and_goes),
	    cmocka_unit_test(operating_system_is_read_with_its_quotes),
	    cmocka_unit_test(packages_are_those_that_are_installed),
	    cmocka_unit_test(packages_without_any_database_are_an_error),
	    cmocka_unit_test(services_say_how_they_start),
	    cmocka_unit_test(service_states_are_read_from_systemctl),
	    cmocka_unit_test(services_without_systemd_are_scripts),
	    cmocka_unit_test(users_have_groups_and_rights),
	    cmocka_unit_test(foreign_bytes_are_mended),
	    cmocka_unit_test(texts_are_cut_between_characters),
	    cmocka_unit_test(keys_that_no_server_takes_are_left_out),
	    cmocka_unit_test(a_file_over_its_bound_is_not_read),
	    cmocka_unit_test(this_computer_gives_all_or_says_why),
	    cmocka_unit_test(the_same_computer_twice_gives_the_same),
	    cmocka_unit_test(a_changed_package_database_changes_the_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
