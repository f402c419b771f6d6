"""Questions that a sample leaves open, and their answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from tasking.model.errors import TaskingError

NONE: Final = "none"  # the answer that a feed has no such thing


class Choice(tuple[str, str]):
    """`value`, as it is given in an answer, and what it means in words."""

    __slots__ = ()

    def __new__(cls, value: str, words: str = "") -> "Choice":
        return super().__new__(cls, (value, words))

    @property
    def value(self) -> str:
        return self[0]

    @property
    def words(self) -> str:
        return self[1]


@dataclass(frozen=True)
class Question:
    """`choices`: empty where any text is an answer. `default`: what the draft has until somebody answers; None if the
    question blocks, so that nothing is drafted before it is answered."""

    key: str
    words: str
    choices: tuple[Choice, ...]
    default: str | None

    @property
    def is_blocking(self) -> bool:
        return self.default is None


class Interview:
    """Takes questions, gives the answers that are there, and keeps the questions that are open."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._answers = dict(answers)
        self._asked: dict[str, Question] = {}
        self._used: set[str] = set()

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """The questions without an answer, those that block first."""
        left = [one for key, one in self._asked.items() if key not in self._answers]
        return tuple(sorted(left, key=lambda one: not one.is_blocking))

    def given(self, key: str) -> str | None:
        """The answer to a question that need not be asked."""
        self._used.add(key)
        return self._answers.get(key)

    def ask(
        self, key: str, words: str, choices: Iterable[Choice] = (), default: str | None = None, *, is_open: bool = False
    ) -> str | None:
        """The answer; without one the default, and the question is open.

        `is_open`: an answer beyond the choices is taken too. Raises TaskingError for an answer that is not a choice.
        """
        question = Question(key, words, tuple(choices), default)
        self._asked[key] = question
        self._used.add(key)
        answer = self._answers.get(key)
        if answer is None:
            return default
        values = [one.value for one in question.choices]
        if values and answer not in values and not is_open:
            raise TaskingError(f"--answer {key}={answer}: choose one of: {', '.join(values)}", field=key)
        return answer

    def refuse_unused(self) -> None:
        """Raises TaskingError for an answer to a question that this sample does not raise."""
        if unused := sorted(set(self._answers) - self._used):
            known = ", ".join(sorted(self._used))
            raise TaskingError(f"--answer {unused[0]}: there is no such question; there are: {known}", field=unused[0])
