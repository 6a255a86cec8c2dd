"""Handlers of the API change the store through api_write alone, so that each
change is in the audit log."""

import pathlib
import re
import sys

API = pathlib.Path(__file__).resolve().parents[2] / "src/server/core/api"

# What changes nothing that anybody decided: the last use of a session or token,
# the ticket of a sign-in under way; and what writes its row itself. run.c has api_write_rows, of which each use is
# named here, and api_decide, which only looks.
ALLOWED = {"sign_in.c": 1, "sign_in_ticket.c": 2, "user.c": 1, "run.c": 3, "computer_bulk.c": 1}
WRITE = re.compile(r"\b(store_write(_batch)?|api_write_rows)\(")


def problems():
    for path in sorted(API.glob("*.c")):
        if path.name.endswith("_test.c"):
            continue
        count = len(WRITE.findall(path.read_text(encoding="utf-8")))
        if count > ALLOWED.get(path.name, 0):
            yield (f"src/server/core/api/{path.name}: writes {count} times "
                   "past api_write: the audit log would not know")


def main():
    found = list(problems())
    print("\n".join(found))
    return 1 if found else 0


sys.exit(main())
