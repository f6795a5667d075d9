"""Plans one environment on a quiet machine, on a busy one, and with other settings of threads and processors.

    python -m toolchain.bench_same [ENVIRONMENT [EFFORT]]

The same seed and effort promise the same bytes: `make bench-same` compares the Plans' files.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

ENVIRONMENT, EFFORT = "inventories/reference", "1000"
BUSY = "while True: pass"
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "as it is": {},
    "both cores busy": {},
    "one thread, OpenMP and BLAS": {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    "eight threads, OpenMP and BLAS": {"OMP_NUM_THREADS": "8", "OPENBLAS_NUM_THREADS": "8"},
    "no processor features": {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""},
}
"""What is set for each Plan; cores are kept busy where the name says so."""


def main(arguments: Sequence[str]) -> int:
    """Plan with every setting and compare; 1 if any Plan differs or cannot be made."""
    environment, effort = (*arguments, *(ENVIRONMENT, EFFORT)[len(arguments) :])
    digests = set()
    for name, settings in SETTINGS.items():
        digest, seconds = planned(environment, effort, settings, busy="busy" in name)
        digests.add(digest)
        sys.stdout.write(f"{name:<32} {digest[:12] or 'no Plan':<14} {seconds:.1f} s of the processor\n")
        sys.stdout.flush()
    same = len(digests) == 1 and "" not in digests
    sys.stdout.write(f"{environment}, effort {effort}: {'the same bytes' if same else 'NOT the same'}\n")
    return int(not same)


def planned(environment: str, effort: str, settings: Mapping[str, str], *, busy: bool) -> tuple[str, float]:
    """The digest of a Plan made from nothing, empty where there is none, and what it took."""
    program = str(Path(sys.executable).parent / "tricenter")
    with TemporaryDirectory(prefix="tricenter-bench-") as state, ExitStack() as stack:
        if busy:
            stack.enter_context(all_cores_busy())
        out = Path(state) / "plan.json"
        words = [program, "--quiet", "--state", state, "plan", environment, "--effort", effort, "--fresh"]
        before = _spent()
        subprocess.run(
            [*words, "--out", str(out)], check=False, stdout=subprocess.DEVNULL, env=os.environ | settings
        )
        digest = sha256(out.read_bytes()).hexdigest() if out.is_file() else ""
        return digest, _spent() - before


@contextmanager
def all_cores_busy() -> Iterator[None]:
    """Keep every core at work meanwhile."""
    workers = [subprocess.Popen([sys.executable, "-P", "-c", BUSY]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for worker in workers:
            worker.kill()
        for worker in workers:
            worker.wait()


def _spent() -> float:
    """Seconds of the processor that children have taken that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
