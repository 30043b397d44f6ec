"""Real shells in a real terminal, typed into as a person would."""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time

SHELLS = {
    "bash": ["--noprofile", "-i"],
    "zsh": ["-i"],
    "fish": ["-i"],
}
_PATIENCE = 60
_STAND_IN = """\
#!/bin/sh
if [ -n "$_RECIPE_COMPLETE" ]; then
    exec "{python}" -c "from hydra_recipes.cli.main import run; run()"
fi
printf '<%s>' "$@"; echo
"""
"""A ``recipe`` that completes as the real one, and otherwise shows its arguments."""


class Shell:
    """A shell with a home of its own, in which ``recipe`` shows the arguments that it gets."""

    def __init__(self, name, home):
        programs = home / "bin"
        programs.mkdir(exist_ok=True)
        recipe = programs / "recipe"
        recipe.write_text(_STAND_IN.format(python=sys.executable))
        recipe.chmod(0o755)
        self.ours, theirs = pty.openpty()
        unset = {"XDG_DATA_HOME", "XDG_CONFIG_HOME", "ZDOTDIR", "NO_COLOR", "PROMPT_COMMAND"}
        kept = {key: value for key, value in os.environ.items() if key not in unset}
        self.process = subprocess.Popen(
            ["setsid", "--ctty", shutil.which(name), *SHELLS[name]],
            cwd=home,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={
                **kept,
                "HOME": str(home),
                "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
                "TERM": "xterm",
                "COLUMNS": "200",
                "HYDRA_RECIPES_CACHE": os.environ["HYDRA_RECIPES_CACHE"],
            },
        )
        os.close(theirs)
        self._seen = ""

    def __enter__(self):
        try:
            self.type("echo rea''dy\n")
            self.wait_for("ready")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.ours)

    def type(self, text):
        """Types text; a tab asks for completion, and a line break runs the line."""
        os.write(self.ours, text.encode())

    def wait_for(self, pattern):
        """The first match of a pattern in what the shell writes from now on."""
        end = time.monotonic() + _PATIENCE
        while not (found := re.search(pattern, self._seen)):
            left = end - time.monotonic()
            assert left > 0, f"the shell didn't write {pattern!r}: {self._seen!r}"
            if select.select([self.ours], [], [], left)[0]:
                self._seen += os.read(self.ours, 65536).decode(errors="replace")
        self._seen = self._seen[found.end() :]
        return found

    def arguments(self, line):
        """The arguments that ``recipe`` gets from a line that is typed and run."""
        self.type(f"{line}\n")
        return re.findall("<([^<>]*)>", self.wait_for(r"(<[^<>\r\n]*>)+(?=\r?\n)")[0])
