"""clang-format would change nothing."""

import pathlib
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
FILES = subprocess.run(["git", "ls-files", "*.c", "*.h"], cwd=TOP, text=True,
                       capture_output=True, check=True).stdout.split()
done = subprocess.run(["clang-format", "--dry-run", "-Werror", *FILES], cwd=TOP,
                      text=True, capture_output=True)
print(done.stderr[-4000:])
sys.exit(done.returncode)
