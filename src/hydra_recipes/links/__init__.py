"""Links: interpolations that tie one key of a recipe to another.

Private: it may change in any release.
"""

from hydra_recipes.links.grammar import contains_link, parse, to_braces
from hydra_recipes.links.problem import LinkProblem
from hydra_recipes.links.resolver import Scope
from hydra_recipes.links.rewriting import LINK_STYLES, LinkStyle, rewrite
from hydra_recipes.links.syntax import Call, Reference

__all__ = [
    "LINK_STYLES",
    "Call",
    "LinkProblem",
    "LinkStyle",
    "Reference",
    "Scope",
    "contains_link",
    "parse",
    "rewrite",
    "to_braces",
]
