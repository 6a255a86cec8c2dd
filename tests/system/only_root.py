"""What only root may do: an ordinary user's ./check says so and goes on."""

import os

import pytest

# Roles are not dumpable, so that their memory and descriptors are root's to see.
measures = pytest.mark.skipif(os.geteuid() != 0, reason="only root may look "
                              "into processes that are not dumpable")
