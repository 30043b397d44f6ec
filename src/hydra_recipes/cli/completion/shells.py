"""The shells that complete: the script of each, and how it asks and is answered.

A script hands over the line up to the cursor, and gets a line for each candidate. What is hard is
done here: bash takes a word apart at ``=`` and ``:``, and replaces only the last part of it.
"""

from __future__ import annotations

import os
import re
import shlex

from hydra_recipes.cli.completion.candidates import candidates, named_libraries
from hydra_recipes.cli.completion.kept import catalogue

VARIABLE = "_RECIPE_COMPLETE"
"""The variable by which a script asks for completion: ``bash_complete``."""
_BASH = """\
_recipe_completion() {
    local IFS=$'\\n' reply
    COMPREPLY=()
    for reply in $(COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
            _RECIPE_COMPLETE=bash_complete "$1" 2>/dev/null); do
        COMPREPLY+=("$reply")
        [[ $reply == *[=/] ]] && compopt -o nospace 2>/dev/null
    done
}
complete -F _recipe_completion recipe
"""
_ZSH = """\
#compdef recipe
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
_recipe_completion() {
    local line value
    local -a open open_about full full_about
    for line in "${(@f)$(COMP_LINE="${(j: :)words[1,CURRENT-1]} $PREFIX" \\
            _RECIPE_COMPLETE=zsh_complete "${words[1]}" 2>/dev/null)}"; do
        [[ -n $line ]] || continue
        value="${line%%$'\\t'*}"
        if [[ $value == *[=/] ]]; then
            open+=("$value"); open_about+=("${line/$'\\t'/  -- }")
        else
            full+=("$value"); full_about+=("${line/$'\\t'/  -- }")
        fi
    done
    (( $#full )) && compadd -l -d full_about -a full
    (( $#open )) && compadd -l -S '' -d open_about -a open
}
compdef _recipe_completion recipe
"""
_FISH = """\
function _recipe_completion
    COMP_LINE=(commandline -cp | string collect) _RECIPE_COMPLETE=fish_complete \\
        recipe 2>/dev/null
end
complete --no-files --command recipe --arguments "(_recipe_completion)"
"""


class Shell:
    """A shell whose script hands over the line up to the cursor.

    Attributes:
        script: What it reads when it starts.
    """

    script = _FISH

    def written(self, word: str, about: str, line: str) -> str:  # noqa: ARG002 - bash needs it
        """Return the line for a candidate: the word, and what it means in one line."""
        about = " ".join(about.split())
        return f"{word}\t{about}" if about else word


class Bash(Shell):
    """Bash, which is told nothing but words."""

    script = _BASH

    def written(self, word: str, about: str, line: str) -> str:  # noqa: ARG002 - it shows none
        """Return what takes the place of the part of the word that bash replaces."""
        last = line[len(line.rstrip()) :] or re.split(r"\s", line)[-1]
        if last[:1] in ("'", '"'):  # in quotes nothing is taken apart
            return word
        breaks = re.escape("".join(set("=:") & set(os.environ.get("COMP_WORDBREAKS", "=:"))))
        parted = re.match(rf"(?s).*[{breaks}]", _words(line)[1]) if breaks else None
        rest = word[parted.end() if parted else 0 :]
        return re.sub(r"([\s'\"\\$&;|<>()`!*?#])", r"\\\1", rest)


class Zsh(Shell):
    """Zsh."""

    script = _ZSH


SHELLS = {"bash": Bash(), "zsh": Zsh(), "fish": Shell()}


def answer(asked: str) -> str | None:
    """Return what a shell's script asks for, in lines; None if no script asks so.

    Args:
        asked: What the variable says: the shell, and whether the script itself (``bash_source``)
            or what the line up to the cursor may become (``bash_complete``).
    """
    name, _, what = asked.partition("_")
    shell = SHELLS.get(name)
    if shell is None or what not in ("source", "complete"):
        return None
    if what == "source":
        return shell.script
    line = os.environ.get("COMP_LINE", "")
    words, begun = _words(line)
    found = candidates(words, begun, catalogue(named_libraries(words)))
    return "\n".join(shell.written(word, about, line) for word, about in found)


def _words(line: str) -> tuple[list[str], str]:
    """Return the words before the one that is completed, and what is there of that."""
    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    try:
        words.extend(lexer)
    except ValueError:  # a quote isn't closed yet
        words.append(lexer.token)
    begun = "" if re.search(r"(?<!\\)\s$", line) or not words else words.pop()
    return words[1:], begun
