"""A real terminal, for seeing what ``recipe`` writes to one."""

import os
import pty
import subprocess
import sys

RUN = "from hydra_recipes.cli.main import run; run()"


def in_terminal(directory, width, *arguments, stream="stdout", before=""):
    """What ``recipe`` writes to a real terminal as one of its streams.

    ``before`` is code that runs first.
    """
    ours, theirs = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    process = subprocess.Popen(
        [sys.executable, "-c", f"{before}\n{RUN}", *arguments],
        cwd=directory,
        **{stream: theirs},
        env={**environment, "COLUMNS": str(width), "TERM": "xterm", "PYTHONUTF8": "1"},
    )
    os.close(theirs)
    written = b""
    try:
        while part := os.read(ours, 65536):
            written += part
    except OSError:  # how Linux tells the end of a terminal
        pass
    os.close(ours)
    assert process.wait() in (0, 1)
    return written.decode().replace("\r\n", "\n")
