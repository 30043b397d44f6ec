"""A client of yaml-language-server, for seeing what an editor shows of a recipe."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

NAME = "yaml-language-server"
VARIABLE = "YAML_LANGUAGE_SERVER"
"""The environment variable that names the folder in which npm has installed the server."""


def needs_server():
    """The command that starts the server; skips the test where there is none."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        installed = shutil.which(NAME)
        if installed is None:
            pytest.skip(f"{NAME} is not here, and {VARIABLE} names no folder that has it")
        return [installed, "--stdio"]
    node = shutil.which("node")
    if node is None:
        pytest.skip(f"node is not here, which {NAME} needs")
    script = Path(folder, "node_modules", NAME, "bin", NAME)
    assert script.is_file(), f"{VARIABLE} names {folder}, in which {script} is not"
    return [node, str(script), "--stdio"]


class Editor:
    """An editor with the server running: opens files and asks about places in them."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.count = 0
        self.opened = 0
        self.said = {}
        self.request(
            "initialize",
            processId=os.getpid(),
            rootUri=None,
            capabilities={"textDocument": {"completion": {}, "hover": {}}},
        )
        self.notify("initialized")

    def close(self):
        """Ends the server."""
        self.request("shutdown")
        self.notify("exit")
        self.process.communicate(timeout=30)

    def diagnostics(self, path, text):
        """What is underlined in a file of this text: for each, the line's text and the message."""
        uri = self.open(path, text)
        while uri not in self.said:
            self.take()
        lines = text.splitlines()
        return [
            (lines[one["range"]["start"]["line"]].strip(), one["message"]) for one in self.said[uri]
        ]

    def completions(self, path, text):
        """What is offered where the text has ``|``: for each label, what choosing it inserts."""
        items = self.ask("completion", path, text)["items"]
        return {one["label"]: one.get("insertText", one["label"]) for one in items}

    def hover(self, path, text):
        """What is shown about the place where the text has ``|``."""
        shown = self.ask("hover", path, text)
        return shown["contents"]["value"] if shown else ""

    def ask(self, what, path, text):
        """Asks about the place of ``|``."""
        before, _, after = text.partition("|")
        uri = self.open(path, before + after)
        line = before.count("\n")
        position = {"line": line, "character": len(before.rpartition("\n")[2])}
        return self.request(f"textDocument/{what}", textDocument={"uri": uri}, position=position)

    def open(self, path, text):
        """Opens a file that has this text in the editor; each time another one."""
        self.opened += 1
        uri = path.with_name(f"{self.opened}-{path.name}").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.notify("textDocument/didOpen", textDocument=document)
        return uri

    def request(self, method, **params):
        """Asks the server, and waits for its answer."""
        self.count += 1
        self.send(id=self.count, method=method, params=params)
        while True:
            message = self.take()
            if message.get("id") == self.count and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def notify(self, method, **params):
        """Tells the server something."""
        self.send(method=method, params=params)

    def send(self, **message):
        """Writes a message."""
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def take(self):
        """Reads a message; answers what the server asks, and keeps what it underlines."""
        size = 0
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            size = int(value) if name.lower() == b"content-length" else size
        assert size, "the server has ended"
        message = json.loads(self.process.stdout.read(size))
        if message.get("method") == "textDocument/publishDiagnostics":
            self.said[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "method" in message and "id" in message:
            asked = (message.get("params") or {}).get("items", ())
            settings = {"validate": True, "hover": True, "completion": True}
            found = [settings if item.get("section") == "yaml" else None for item in asked] or None
            self.send(id=message["id"], result=found)
        return message
