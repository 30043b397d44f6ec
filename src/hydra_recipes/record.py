"""Records: named tuples whose classes take next to no time to make.

Small commands start by making thirty of them. For each, ``typing.NamedTuple`` compiles a function
and looks at every annotation, which together takes longer than reading two recipes. Type checkers
see ``NamedTuple`` here, and records behave like it; of what is made by the million, ``NamedTuple``
itself makes each in less time.

Private: it may change in any release.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Self

__all__ = ["Record"]


class _RecordType(type):
    """Makes the annotations of a class the fields of its tuples."""

    _fields: tuple[str, ...]
    _field_defaults: Mapping[str, Any]

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _RecordType:
        made = super().__new__(cls, name, bases, {"__slots__": (), **namespace})
        made._fields = tuple(made.__annotations__)
        made._field_defaults = {key: namespace[key] for key in made._fields if key in namespace}
        for at, field in enumerate(made._fields):
            setattr(made, field, property(itemgetter(at)))
        return made


class _Record(tuple[Any, ...], metaclass=_RecordType):  # noqa: SLOT001 - which adds __slots__
    """What records have in common; the methods are those of ``NamedTuple``."""

    def __new__(cls, *values: Any, **named: Any) -> Self:
        if named or len(values) < len(cls._fields):
            rest = cls._fields[len(values) :]
            if not named.keys() <= set(rest):
                raise cls._misfit()
            known = {**cls._field_defaults, **named}
            values += tuple([known[field] for field in rest if field in known])
        return cls._make(values)

    @classmethod
    def _make(cls, values: Iterable[Any]) -> Self:
        """Return a record of the values of all fields."""
        made = tuple.__new__(cls, values)
        if len(made) != len(cls._fields):
            raise cls._misfit()
        return made

    @classmethod
    def _misfit(cls) -> TypeError:
        """Return the error for values that aren't those of all fields."""
        return TypeError(f"{cls.__name__} has the fields {', '.join(cls._fields)}")

    def _replace(self, **changes: Any) -> Self:
        """Return a copy with other values of some fields."""
        pairs = zip(type(self)._fields, self, strict=True)
        replaced = self._make([changes.pop(field, value) for field, value in pairs])
        if changes:
            raise self._misfit()
        return replaced

    def _asdict(self) -> dict[str, Any]:
        """Return the fields and their values."""
        return dict(zip(type(self)._fields, self, strict=True))

    def __getnewargs__(self) -> tuple[Any, ...]:
        return tuple(self)

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self._asdict().items())
        return f"{type(self).__name__}({fields})"


if TYPE_CHECKING:
    from typing import NamedTuple as Record
else:
    Record = _Record
