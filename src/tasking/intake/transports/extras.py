"""Validates the extra of an Airflow connection: a transport lists the options it knows, and any other is refused by
name.

Every option of Airflow's connection forms either works here or is refused with a reason, as an option that is silently
ignored shows only when the first fetch fails.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tasking.model.errors import TransportError
from tasking.model.text import clean

_YES = ("true", "yes", "on", "1")
_NO = ("false", "no", "off", "0", "none")


class Extras:
    """A connection's extra. Raises TransportError for unknown options and invalid values.

    `refused`: options of Airflow's form that are not supported, each with the reason and what to do.
    """

    def __init__(
        self, feed: str, given: Mapping[str, Any], known: Iterable[str], refused: Mapping[str, str] | None = None
    ) -> None:
        # Forms send empty fields as empty text or null.
        self._given = {str(name): value for name, value in given.items() if value not in (None, "", {}, [])}
        self._feed = feed
        names = sorted(known)
        for name in self._given:
            if name in (refused or {}):
                raise self.fault(name, (refused or {})[name])
            if name not in names:
                raise TransportError(
                    f"{feed}: the connection has an extra {_shown(name)} that is not known here; "
                    f"known: {', '.join(names)}"
                )

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def fault(self, name: str, words: str) -> TransportError:
        """An error to raise about one option; its value is never shown, as it may be a secret."""
        return TransportError(f"{self._feed}: the connection's extra {_shown(name)} {words}")

    def value(self, name: str) -> Any:
        """The value as given; None if it is not."""
        return self._given.get(name)

    def text(self, name: str) -> str:
        """A text; empty if it is not given."""
        value = self._given.get(name, "")
        if isinstance(value, bool | dict | list):
            raise self.fault(name, "should be a text")
        return str(value).strip()

    def flag(self, name: str, default: bool) -> bool:
        """A boolean, also as text: in a URL all values are text."""
        value = self._given.get(name, default)
        if isinstance(value, bool):
            return value
        word = str(value).strip().casefold()
        if word in _YES or word in _NO:
            return word in _YES
        raise self.fault(name, "should be true or false")

    def seconds(self, name: str, most_s: float) -> float:
        """A timeout in seconds, at most `most_s`."""
        value = self._given.get(name, most_s)
        try:
            seconds = float(value)
        except (TypeError, ValueError):
            seconds = -1.0
        if isinstance(value, bool) or not 0 < seconds < 1e6:
            raise self.fault(name, "should be a number of seconds")
        return min(seconds, most_s)

    def mapping(self, name: str, known: Iterable[str] | None = None) -> dict[str, Any]:
        """A JSON object; with `known`, other names in it are refused."""
        value = self._given.get(name, {})
        if not isinstance(value, dict):
            raise self.fault(name, "should be a JSON object")
        names = None if known is None else sorted(known)
        for key in value:
            if names is not None and key not in names:
                raise self.fault(name, f"holds {_shown(str(key))}, which is not known here; known: {', '.join(names)}")
        return {str(key): one for key, one in value.items()}

    def certificate_file(self, name: str) -> str | None:
        """The path of a file with certificate authorities; None for the system's own.

        Raises TransportError if the option turns certificate checks off.
        """
        value = self._given.get(name, True)
        word = str(value).strip().casefold()
        if word in _NO:
            raise self.fault(
                name,
                "turns off the check of certificates; we do not log in to a server that we can't recognise: "
                "leave it out, or give the path of the file that holds the server's certificate authority",
            )
        return None if word in _YES else str(value).strip()


def _shown(name: str) -> str:
    return f"`{clean(name)[:40]}`"
