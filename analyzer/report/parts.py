"""What all documents that slowhop writes are made of: frozen parts, checked texts, no NaN."""

from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _encodable(text: str) -> str:
    """The text as UTF-8 can hold it.

    File names and arguments that are not UTF-8 reach Python as lone surrogates, which JSON has no
    way to carry.
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


T = TypeVar("T")

LeftOut = Annotated[T | None, Field(exclude_if=lambda value: value is None)]
Words = Annotated[str, AfterValidator(_encodable)]
Share = Annotated[float, Field(ge=-1e-9, le=1.0 + 1e-9)]
TraceId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class Part(BaseModel):
    """What all parts of a report have in common: frozen, finite, and no unknown names."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Document(Part):
    """A whole document: it knows its schema's name, becomes JSON and is read back from it."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    def to_json(self) -> str:
        """The document as JSON text, two spaces of indent, ending in a newline."""
        return self.model_dump_json(by_alias=True, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The document that `to_json` wrote.

        Raises:
            pydantic.ValidationError: the text is not such a document.
        """
        return cls.model_validate_json(text)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON Schema of such documents."""
        schema = cls.model_json_schema(by_alias=True, mode="serialization")
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        return schema
