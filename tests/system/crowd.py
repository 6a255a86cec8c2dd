"""Computers by the hundred, put straight into a server's database: lists and
actions on many need no agents behind them."""

import sqlite3
import time
import uuid

LOCAL = "00000000-0000-7000-8000-000000000001"
COMPUTER = ("id", "office_id", "name", "name_key", "state", "profile",
            "enrolled_at", "os_name", "os_name_key", "os_version",
            "architecture", "hardware_serial", "hardware_serial_key", "flags",
            "software_count", "inventory_at")
CONTACT = ("contact_id", "last_seen_at", "last_address", "agent_version",
           "proved_at", "last_mutual_at", "last_credential_at",
           "acknowledged_publication", "refresh_requested_at", "proxy_report",
           "agent_version_key", "list_state", "list_office", "list_os",
           "list_os_version", "list_name", "list_enrolled_at", "list_text")


def database(server):
    return sqlite3.connect(server.state / "core" / "warifu.db", timeout=60,
                           isolation_level=None)


def insert(link, table, columns, rows):
    link.executemany(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES "
        f"({', '.join('?' * len(columns))})", rows)


def fold(text):
    return text.lower()


def add(server, names, office=LOCAL, **common):
    """The ids of new computers with these names."""
    now = int(time.time() * 1000)
    what = {"os_name": "Debian GNU/Linux", "os_version": "12",
            "architecture": "x86_64", "serial": "", "address": "192.0.2.1",
            "software": 7, "enrolled": now, "seen": now, **common}
    ids = [f"0{uuid.uuid4()}"[:8] + str(uuid.uuid4())[8:] for _ in names]
    link = database(server)
    try:
        link.execute("BEGIN IMMEDIATE")
        insert(link, "computer", COMPUTER, [
            (ident, office, name, fold(name), "active", "agent",
             what["enrolled"], what["os_name"], fold(what["os_name"]),
             what["os_version"], what["architecture"], what["serial"],
             fold(what["serial"]), 0, what["software"], now)
            for ident, name in zip(ids, names)])
        insert(link, "computer_contact", CONTACT, [
            (ident, what["seen"], what["address"], "1.0", now, what["seen"], 0,
             0, 0, "none", "", "active", office, fold(what["os_name"]),
             what["os_version"], fold(name), what["enrolled"], "\n".join(
                 (fold(name), fold(what["serial"]), what["address"], ident)))
            for ident, name in zip(ids, names)])
        link.execute("COMMIT")
    finally:
        link.close()
    return ids
