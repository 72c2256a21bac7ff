"""What a library survives: kills, damage, moves and upgrades, many files, many commits.

    python -m benchmarks.stress [--media ../shared/media] [--kills 50] [--faults 100] …

Everything is done to libraries of its own in a temporary folder; a table says what was tried and
what was lost, which should be nothing. Exit status 1 if anything was.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.stress.damaged_files import fuzz
from benchmarks.stress.faults import damage
from benchmarks.stress.kills import kill_loop
from benchmarks.stress.scale import many_commits, unchanged_files
from benchmarks.stress.scenarios import stories

_PARTS = ("stories", "mutants", "faults", "kills", "scale")


def main() -> int:
    """Run the parts asked for, print a table, return the exit status."""
    arguments = _arguments()
    lost = 0
    print("| tried | outcome | lost |\n|---|---|---|")
    with TemporaryDirectory() as name:
        folder = Path(name)
        if "stories" in arguments.only:
            for told, story in stories(folder / "stories", arguments.media):
                start = perf_counter()
                complaint = story()
                lost += bool(complaint)
                _line(told, f"{perf_counter() - start:.0f} s", complaint or "nothing")
        if "mutants" in arguments.only:
            start = perf_counter()
            fuzzed = fuzz(folder / "mutants", arguments.mutants, arguments.seed, arguments.media)
            lost += fuzzed.unaccounted
            total = f"{arguments.mutants} mutants of {fuzzed.formats} formats in one run"
            took = f"{perf_counter() - start:.0f} s, at most {fuzzed.longest_s:.0f} s for one"
            _line(total, took, f"{fuzzed.unaccounted} files" if fuzzed.unaccounted else "nothing")
            for outcome, count in fuzzed.outcomes.most_common():
                _line(f"… {outcome}", str(count), "")
        if "faults" in arguments.only:
            faults = damage(folder / "faults", arguments.faults, arguments.seed)
            lost += faults.lost + faults.tracebacks
            outcome = f"{faults.noticed} named before repair, {faults.tracebacks} tracebacks"
            told = f"{faults.lost} descriptions" if faults.lost else "nothing"
            _line(f"{arguments.faults} faults in a library's own files", outcome, told)
            for way, times in faults.made.most_common():
                _line(f"… {way}", str(times), "")
            for complaint in faults.complaints:
                print(complaint, file=sys.stderr)
        if "kills" in arguments.only:
            done, finished, missing = kill_loop(folder / "kills", arguments.kills, arguments.seed)
            lost += missing
            outcome = f"{finished} libraries finished, equal to an undisturbed one"
            _line(
                f"{done} runs killed (SIGKILL)",
                outcome,
                f"{missing} rows" if missing else "nothing",
            )
        if "scale" in arguments.only:
            found, passed = unchanged_files(folder / "scale", arguments.files)
            rates = f"{found:,.0f} found a second, {passed:,.0f} found and passed"
            _line(f"{arguments.files:,} unchanged files", rates, "nothing")
            many, one = many_commits(folder / "commits", arguments.commits)
            sizes = f"{many / 1e6:.1f} MB; as one commit {one / 1e6:.1f} MB ({many / one:.2f}x)"
            _line(f"{arguments.commits:,} commits of 10, and two runs later", sizes, "nothing")
    return 1 if lost else 0


def _line(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stress", description=__doc__)
    parser.add_argument("--media", type=Path, default=Path("../shared/media"))
    parser.add_argument("--faults", type=int, default=100)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--mutants", type=int, default=500)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--commits", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=_PARTS, default=_PARTS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
