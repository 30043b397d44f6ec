"""Shapes of a library's files: what the pydantic models of all kinds of file have in common."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator
from pydantic.fields import FieldInfo

from hydra_recipes.documents.document import Document
from hydra_recipes.library.mistake import library_error

Listed = Annotated[
    list[str], BeforeValidator(lambda value: value if isinstance(value, list) else [value])
]
"""A list of texts, or one text that stands for such a list."""


class Shape(BaseModel):
    """A mapping in a file, in which unknown fields are forbidden and no value is coerced.

    The description of a field is what its value has to be, as messages say it. A validator raises a
    ValueError with what a message says after the field's name; or, for a message of its own, a
    PydanticCustomError of the type ``message`` with its ``kind`` and values.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, validate_default=True)

    @classmethod
    def read(
        cls, content: Any, file: str, document: Document | None = None, entry: str | None = None
    ) -> Self:
        """Return the content of a file in this shape.

        Args:
            content: The content.
            file: The path of the file.
            document: The file as it was read; None if places in it aren't known.
            entry: What the whole file is about; None if it has sections, and in those entries.

        Raises:
            LibraryError: If it has another shape.
        """
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise library_error(error, cls, file, document, entry) from None


class WrittenShape(Shape):
    """A mapping in a file that people write, where a field without a value counts as left out."""

    @model_validator(mode="before")
    @classmethod
    def _leave_out(cls, content: Any) -> Any:
        """Return the content without the fields that count as left out."""
        if not isinstance(content, dict):
            return content
        fields = {field.alias or name: field for name, field in cls.model_fields.items()}
        return {
            name: value
            for name, value in content.items()
            if name not in fields or not _is_left_out(value, fields[name])
        }


def _is_left_out(value: Any, field: FieldInfo) -> bool:
    """Return whether a value is none: null, or nothing where something is required."""
    text = value.strip() if isinstance(value, str) else value
    return value is None or (field.is_required() and text in ("", [], {}))
