"""Text whose characters all show: what a terminal obeys, or shows nothing of, is written out."""

import re

_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f"
INVISIBLE = (
    r"\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-"
    r"\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb"
    r"\ufffe\uffff\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Characters that turn text around, break lines or take no room, for a pattern's brackets.

They are listed, rather than asked of Python, so that a text is the same whatever Python it is. A
recipe's YAML and JSON, too, hold none of them as they are.
"""
_HIDDEN = f"[{_CONTROLS}{INVISIBLE}]"
_PLAIN = frozenset("\t\n\u2192\xd7\u2026").union(map(chr, range(0x20, 0x7F)))
"""What most text is made of; the pattern of all that is hidden takes a millisecond to make."""


def written_out(text: str) -> str:
    r"""Text with each such character written ``\u202e`` and the like; its lines stay."""
    if _PLAIN.issuperset(text):
        return text
    return re.sub(_HIDDEN, lambda found: repr(found[0])[1:-1], text)


def written_out_json(text: str) -> str:
    """JSON text with each such character as JSON writes it out, so that it is the same JSON."""
    if _PLAIN.issuperset(text):
        return text
    import json  # a tenth of what comparing two recipes takes

    return re.sub(_HIDDEN, lambda found: json.dumps(found[0])[1:-1], text)
