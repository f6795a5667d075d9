"""Is a plugin for tests of the nursery: says who and where it is, then does as its first word tells."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path


def run() -> None:
    """Tell about this process on standard output, then `end` with a code of 7 or `stay`."""
    said = {
        "process": os.getpid(),
        "words": sys.argv[1:],
        "folder": str(Path.cwd()),
        "variable": os.environ.get("NURSLING"),
        "name": __name__,
    }
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    if sys.argv[1] == "end":
        sys.exit(7)
    threading.Event().wait()


if __name__ == "__main__":
    run()
