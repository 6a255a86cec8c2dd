"""Programs of ours with clocks that a test moves; see tests/clock."""

import pathlib
import shutil
import struct

import harness

DAY = 86400
YEAR = 365 * DAY


class Clocks:
    """Copies of the programs in a folder, and what their clocks are off by."""

    def __init__(self, folder, **shifts):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        for name in ("warifu-server", "warifu-agent", "warifu-agent-channel"):
            shutil.copy2(harness.BUILD / "tests" / "clock" / name, self.folder)
        self.server = self.folder / "warifu-server"
        self.agent = self.folder / "warifu-agent"
        self.set(**shifts)

    def set(self, role=None, real_s=0, boot_s=0, monotonic_s=0):
        """Of all processes; of the given role, once make_own was called."""
        path = self.folder / (f"clock.{role}" if role else "clock")
        shifts = struct.pack("=3q", *(int(seconds * 1000) for seconds in
                                      (real_s, boot_s, monotonic_s)))
        # In place: the programs have this very file mapped.
        with open(path, "r+b" if path.exists() else "wb") as file:
            file.write(shifts)
            file.flush()

    def make_own(self, role):
        """Before the role starts: its clocks are moved apart from others'."""
        self.set(role)
