/*
 * The inventory of a computer: ten sections, each an object of items by key.
 *
 * The root executor collects (collect_inventory); the channel compares with
 * what the server has acknowledged and sends the difference. Values that move
 * while nothing happens (free bytes, uptime, load) are left out, so that an
 * idle refresh sends nothing. All numbers are integers, times are RFC 3339 in
 * UTC, texts are valid UTF-8 of at most SOURCE_TEXT_MAX bytes; a member that
 * the host does not tell is left out. The members:
 *
 *  hardware          "this": manufacturer, product, version, serial, uuid,
 *                    board_manufacturer, board_product, board_serial,
 *                    chassis_type, firmware_vendor, firmware_version,
 *                    firmware_date, architecture, virtualization
 *  processors        socket number: model, vendor, cores, threads, max_mhz
 *  memory            "this": total_bytes, swap_bytes
 *  disks             kernel name: size_bytes, model, serial, vendor,
 *                    rotational, removable, read_only
 *  filesystems       mount point: device, type, size_bytes, read_only,
 *                    used_percent (in steps of ten)
 *  interfaces        name: mac, addresses [text with prefix length], mtu,
 *                    speed_mbps, up, kind (ethernet, wireless, loopback,
 *                    bridge, bond, tunnel, other)
 *  operating_system  "this": id, name, version, version_id, pretty_name,
 *                    codename, kernel, kernel_release, kernel_version,
 *                    architecture, hostname, timezone
 *  packages          dpkg: NAME:ARCHITECTURE, rpm: NAME-EVR.ARCHITECTURE:
 *                    name, version, architecture, format (dpkg, rpm),
 *                    installed_at, source, vendor
 *  services          unit or script name: manager (systemd, sysv),
 *                    description, start (enabled, disabled, static, masked),
 *                    state (active, inactive, failed, …), substate
 *  users             login name: uid, gid, full_name, home, shell, groups
 *                    [name], administrator, can_log_in
 */
#ifndef AGENT_INVENTORY_COLLECT_H
#define AGENT_INVENTORY_COLLECT_H

#include "agent/inventory/source.h"
#include "proto/inventory.h"

/* One collector: adds items to an empty section. False leaves the section out
 * of this inventory (the server keeps what it has). */
typedef bool section_collector(
    const struct source *source, json_t *section, struct err *err);

section_collector hardware_collect;
section_collector processors_collect;
section_collector memory_collect;
section_collector disks_collect;
section_collector filesystems_collect;
section_collector interfaces_collect;
section_collector operating_system_collect;
section_collector packages_collect;
section_collector services_collect;
section_collector users_collect;

/* What the collectors make of foreign text, apart from them for tests: lines of
 * "systemctl list-units", dpkg's status file, rpm's answer to our query, and
 * os-release. */
void services_read_states(json_t *section, struct view text);
void packages_read_dpkg(
    const struct source *source, json_t *section, struct view status);
void packages_read_rpm(json_t *section, struct view listing);
void operating_system_read(json_t *item, struct view text);

/* All sections as {NAME: {key: item}}; what failed is left out and named in
 * *out_failures, an object {NAME: sentence}. Both are new references. */
void collect_inventory(
    const struct source *source, json_t **out_sections, json_t **out_failures);

/* A number that changes when software was installed, upgraded or removed, made
 * of the modification times of the package databases; cheap. */
must_use uint64_t collect_software_mark(const struct source *source);

#endif
