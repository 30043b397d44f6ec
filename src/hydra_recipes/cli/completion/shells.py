"""The shells that complete: the script of each, and how it asks and is answered.

A script hands over the line up to the cursor, and gets a line for each candidate. What is hard is
done here: bash takes a word apart at ``=`` and ``:``, and replaces only the last part of it.
"""

from __future__ import annotations

import os
import re
from typing import Any

from click.shell_completion import (
    CompletionItem,
    ShellComplete,
    add_completion_class,
    split_arg_string,
)

from hydra_recipes.cli.completion.candidates import candidates, named_libraries
from hydra_recipes.cli.completion.catalogue import catalogue

VARIABLE = "_RECIPE_COMPLETE"
"""The variable by which a script asks for completion; click calls it so after the program."""
_BASH = """\
%(complete_func)s() {
    local IFS=$'\\n' reply
    COMPREPLY=()
    for reply in $(COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
            %(complete_var)s=bash_complete "$1" 2>/dev/null); do
        COMPREPLY+=("$reply")
        [[ $reply == *[=/] ]] && compopt -o nospace 2>/dev/null
    done
}
complete -F %(complete_func)s %(prog_name)s
"""
_ZSH = """\
#compdef %(prog_name)s
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
%(complete_func)s() {
    local line value
    local -a open open_about full full_about
    for line in "${(@f)$(COMP_LINE="${(j: :)words[1,CURRENT-1]} $PREFIX" \\
            %(complete_var)s=zsh_complete "${words[1]}" 2>/dev/null)}"; do
        [[ -n $line ]] || continue
        value="${line%%%%$'\\t'*}"
        if [[ $value == *[=/] ]]; then
            open+=("$value"); open_about+=("${line/$'\\t'/  -- }")
        else
            full+=("$value"); full_about+=("${line/$'\\t'/  -- }")
        fi
    done
    (( $#full )) && compadd -l -d full_about -a full
    (( $#open )) && compadd -l -S '' -d open_about -a open
}
compdef %(complete_func)s %(prog_name)s
"""
_FISH = """\
function %(complete_func)s
    COMP_LINE=(commandline -cp | string collect) %(complete_var)s=fish_complete \\
        %(prog_name)s 2>/dev/null
end
complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


class _Shell(ShellComplete):
    """A shell whose script hands over the line up to the cursor."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one that is completed, and what is there of that."""
        line = os.environ.get("COMP_LINE", "")
        words = split_arg_string(line)
        begun = "" if re.search(r"(?<!\\)\s$", line) or not words else words.pop()
        return words[1:], begun

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """Return what the word may become."""
        known = catalogue(self.cli, named_libraries(args))
        return [
            CompletionItem(value, help=about)
            for value, about in candidates(args, incomplete, known)
        ]

    def format_completion(self, item: CompletionItem) -> str:
        """Return the line for a candidate: the word, and what it means in one line."""
        about = " ".join((item.help or "").split())
        return f"{item.value}\t{about}" if about else str(item.value)


class Bash(_Shell):
    """Bash, which is told nothing but words."""

    name = "bash"
    source_template = _BASH

    def format_completion(self, item: CompletionItem) -> str:
        """Return what takes the place of the part of the word that bash replaces."""
        _, begun = self.get_completion_args()
        line = os.environ.get("COMP_LINE", "")
        last = line[len(line.rstrip()) :] or re.split(r"\s", line)[-1]
        if last[:1] in ("'", '"'):  # in quotes nothing is taken apart
            return str(item.value)
        breaks = re.escape("".join(set("=:") & set(os.environ.get("COMP_WORDBREAKS", "=:"))))
        parted = re.match(rf"(?s).*[{breaks}]", begun) if breaks else None
        rest = str(item.value)[parted.end() if parted else 0 :]
        return re.sub(r"([\s'\"\\$&;|<>()`!*?#])", r"\\\1", rest)


class Zsh(_Shell):
    """Zsh."""

    name = "zsh"
    source_template = _ZSH


class Fish(_Shell):
    """Fish."""

    name = "fish"
    source_template = _FISH


SHELLS: dict[str, type[Any]] = {shell.name: shell for shell in (Bash, Zsh, Fish)}
for _shell in SHELLS.values():
    add_completion_class(_shell)
