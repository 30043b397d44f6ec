"""Commands as a page shows them, each with the answer below it, and what they answer."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CUT = "…"


@dataclass
class Shown:
    """A command as a page shows it, with the answer below it."""

    command: str
    answer: list[str]

    @classmethod
    def all_in(cls, block):
        shown = []
        continued = False
        for line in block.splitlines():
            if line.startswith("$ "):
                shown.append(cls(line.removeprefix("$ "), []))
            elif continued:
                shown[-1].command += f"\n{line}"
            else:
                shown[-1].answer.append(line)
            continued = (line.startswith("$ ") or continued) and line.endswith("\\")
        return shown

    def cut(self, lines):
        """The lines of an answer, cut where the one shown is."""
        if CUT not in self.answer:
            return lines
        before = self.answer.index(CUT)
        after = len(self.answer) - before - 1
        return [*lines[:before], CUT, *lines[len(lines) - after :]]

    def __str__(self):
        return "".join(f"{line}\n" for line in [f"$ {self.command}", *self.answer])


def answer_of(command, directory):
    scripts = Path(sys.executable).parent
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=60,
        env={**os.environ, "PATH": f"{scripts}:{os.environ['PATH']}", "NO_COLOR": "1"},
        check=False,
    )
    status = [f"[exit {done.returncode}]"] if done.returncode else []
    return [*done.stdout.splitlines(), *status]
