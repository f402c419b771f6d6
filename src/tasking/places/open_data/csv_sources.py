"""CSV files as a publisher ships them: one file, a folder or a zip, read without unpacking."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tasking.model.errors import DeclarationError


@dataclass(frozen=True)
class CsvFile:
    """One CSV of a source: `name` as it is called, `path` within the source."""

    name: str
    path: str
    _open: Callable[[], AbstractContextManager[IO[bytes]]]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Line number and cells of each row that is not blank. Raises DeclarationError where it is no CSV in UTF-8."""
        with self._open() as file:
            reader = csv.reader(io.TextIOWrapper(file, encoding="utf-8-sig", newline=""))
            try:
                for row in reader:
                    if any(map(str.strip, row)):
                        yield reader.line_num, row
            except UnicodeDecodeError as error:
                raise DeclarationError(f"{self.name}: not text in UTF-8; give the CSV as it was published") from error
            except (csv.Error, zipfile.BadZipFile, EOFError) as error:
                raise DeclarationError(f"{self.name}: can't be read as CSV after line {reader.line_num}") from error


def csv_files(source: Path, product: str) -> list[CsvFile]:
    """The CSV files of a file, a folder or a zip, by path. `product` is what they are meant to be, for errors.

    Raises DeclarationError where there is none.
    """
    if source.is_dir():
        found = [_on_disk(path, str(path.relative_to(source))) for path in source.rglob("*") if _is_csv(path.name)]
    elif not source.is_file():
        raise DeclarationError(f"{source}: there is no such file or folder; {product} is wanted")
    elif zipfile.is_zipfile(source):
        found = _in_zip(source)
    else:
        found = [_on_disk(source, source.name)]
    if not found:
        raise DeclarationError(f"{source.name}: there is no CSV in it; {product} in the format CSV is wanted")
    return sorted(found, key=lambda one: one.path)


def _is_csv(name: str) -> bool:
    return name.casefold().endswith(".csv") and not name.startswith(".")


def _on_disk(path: Path, inside: str) -> CsvFile:
    return CsvFile(path.name, inside, lambda: path.open("rb"))


def _in_zip(source: Path) -> list[CsvFile]:
    try:
        with zipfile.ZipFile(source) as archive:
            members = [one for one in archive.namelist() if _is_csv(Path(one).name) and "__MACOSX" not in one]
    except (zipfile.BadZipFile, OSError) as error:
        raise DeclarationError(f"{source.name}: the zip can't be read; download it again") from error
    return [CsvFile(Path(one).name, one, _member(source, one)) for one in members]


def _member(source: Path, member: str) -> Callable[[], AbstractContextManager[IO[bytes]]]:
    @contextmanager
    def opened() -> Iterator[IO[bytes]]:
        try:
            with zipfile.ZipFile(source) as archive, archive.open(member) as file:
                yield file
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:  # damaged, encrypted
            raise DeclarationError(f"{source.name}: {member} can't be unpacked; download it again") from error

    return opened


def numbers_at(row: list[str], places: Iterable[int]) -> list[float] | None:
    """The finite numbers in these cells of a row; None where one of them is no number."""
    try:
        found = [float(row[place]) for place in places]
    except (ValueError, IndexError):
        return None
    return found if all(abs(one) < 1e9 for one in found) else None  # false for NaN
