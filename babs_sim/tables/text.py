"""Read one text file; every way in which that fails is a problem, not a traceback."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from babs_sim.errors import Problem
from babs_sim.tables.paths import kind_of, shown


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a file (None where it could not be read) and the SHA-256 of its bytes."""

    text: str | None
    digest: str
    problems: tuple[Problem, ...] = ()


def read_text(path: Path) -> Text:
    """Return the text of a UTF-8 file; a byte order mark is dropped."""

    def failed(text: str, line: int | None = None, hint: str = "", digest: str = "") -> Text:
        return Text(None, digest, (Problem(shown(path), line, "", text, hint=hint),))

    if kind_of(path) == "folder":
        return failed("is a folder, but a file belongs here")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return failed("there is no such file")
    except (OSError, ValueError) as error:
        return failed(f"cannot be read: {getattr(error, 'strerror', None) or error}")
    digest = sha256(content).hexdigest()
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        hint = "save it as plain text in UTF-8 (a spreadsheet: 'CSV UTF-8')"
        return failed("is not a text file", line, hint, digest)
    try:
        return Text(content.decode("utf-8-sig"), digest)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        hint = "save it as UTF-8 (in a spreadsheet: 'CSV UTF-8')"
        return failed("is not UTF-8", line, hint, digest)
