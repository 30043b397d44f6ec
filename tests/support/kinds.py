"""Kinds of findings and errors, as the modules of their messages define them."""

from hydra_recipes.findings.messages.base import Detail


def kinds_of(*modules):
    """The names of the kinds whose classes stand in these modules."""
    return {
        item.kind
        for module in modules
        for item in vars(module).values()
        if isinstance(item, type)
        and issubclass(item, Detail)
        and item.__module__ == module.__name__
        and "kind" in vars(item)
    }
