"""Which column of a delimited text is what: by number from 1, or by the names in the first line."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import Final

ROLES: Final = ("time", "id", "size")


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is what. Raises ValueError saying what would be right."""

    time: str | None = "1"
    """Seconds, decimals allowed."""
    id: str = "2"
    """The object's name; equal texts are equal objects."""
    size: str | None = "3"
    """The object's bytes."""
    delimiter: str = ","

    def __post_init__(self) -> None:
        if len(self.delimiter.encode()) != 1 or self.delimiter in '"\r\n':
            raise ValueError(f"delimiter: one ASCII character (or tab), not {self.delimiter!r}")
        if "0" in self.roles.values():
            raise ValueError("columns: the first one has the number 1")

    @classmethod
    def parse(cls, text: str, delimiter: str = ",") -> Columns:
        """From ``time=1,id=2,size=3`` or ``id=url,size=bytes``; only id must be there."""
        given: dict[str, str] = {}
        for item in text.split(","):
            role, _, column = (part.strip() for part in item.partition("="))
            if role not in ROLES or not column or role in given:
                raise ValueError(
                    f"columns: {item!r} is not one of time=, id= and size= with a number or a name"
                )
            given[role] = column
        if "id" not in given:
            raise ValueError(f"columns: {text!r} does not say which is id=")
        delimiter = {"tab": "\t", "\\t": "\t", "space": " "}.get(delimiter, delimiter)
        return cls(given.get("time"), given["id"], given.get("size"), delimiter)

    @property
    def roles(self) -> dict[str, str]:
        """The columns that there are, by role."""
        given = {"time": self.time, "id": self.id, "size": self.size}
        return {role: column for role, column in given.items() if column is not None}

    @property
    def named(self) -> bool:
        """Whether a header is needed to understand them."""
        return not all(column.isdigit() for column in self.roles.values())

    def fields(self, line: bytes) -> list[str]:
        """A line's fields, for headers and complaints."""
        text = line.decode("utf-8", "replace").replace("\r", " ").replace("\n", " ")
        rows = csv.reader([text], delimiter=self.delimiter, skipinitialspace=True)
        try:
            return [field.strip() for row in rows for field in row]
        except csv.Error:  # a field of more than 128 KiB
            return [field.strip() for field in text.split(self.delimiter)]
