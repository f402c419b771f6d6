"""Which column is what: by the words of its name and by what its cells hold.

A column gets a score for each field, the weight of the words in its name times how well its cells fit. Fields whose
cells are unmistakable (telephone numbers, postcodes) choose first. What decides nothing is asked.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from tasking.intake.drafting.column import Column

LEAST: Final = 0.8  # a score below it is none
_STRONG, _MEDIUM, _WEAK = 3.0, 2.0, 1.0
_SHORT: Final = 40
_UNNAMED: Final = 0.5  # the fit of a column without a value, whose name alone speaks


class Role(NamedTuple):
    """`names`: patterns of names with their weights, the strongest first. `no_names`: names that it never has.

    `fit`: 0 to 1, how well cells fit. `unnamed`: the weight of a column whose name says nothing.
    """

    names: tuple[tuple[float, str], ...]
    no_names: str
    fit: Callable[[Column], float]
    unnamed: float = 0.0

    def score(self, column: Column) -> float:
        """How well a column fits this role; 0 where it can't be it."""
        if column.nested > 0.2:
            return 0.0
        if self.no_names and re.search(rf"\b(?:{self.no_names})\b", column.words):
            return 0.0
        weight = next((w for w, pattern in self.names if re.search(rf"\b(?:{pattern})\b", column.words)), self.unnamed)
        if not weight:
            return 0.0
        if column.is_empty:
            return weight * _UNNAMED if weight >= _STRONG else 0.0
        return weight * self.fit(column)


def _reference(column: Column) -> float:
    if column.dates > 0.5 or column.phones > 0.3 or column.emails or column.postcodes > 0.3 or column.is_yes_no:
        return 0.0
    shaped = column.share(lambda one: len(one) <= _SHORT and any(map(str.isdigit, one)) and len(one.split()) <= 3)
    return shaped * column.unique_share * min(1.0, column.filled + 0.2)


def _few(column: Column) -> float:
    """Cells that hold few different short words."""
    if column.is_yes_no or column.dates > 0.3 or column.mean_words > 5:
        return 0.0
    is_few = len(column.distinct) <= max(6, 0.6 * len(column.values)) and len(column.distinct) <= 40
    return 1.0 if is_few else 0.3


def _words(column: Column) -> float:
    """Cells of several words."""
    if column.is_yes_no or column.dates > 0.3 or column.numbers > 0.5 or column.emails > 0.3:
        return 0.0
    return min(1.0, max(column.mean_words / 8, 0.3 if column.mean_words > 1 else 0.0))


def _place(column: Column) -> float:
    if column.is_yes_no or column.dates > 0.3 or column.numbers > 0.8 or column.emails > 0.3 or column.phones > 0.5:
        return 0.0
    return 1.0 if column.mean_words <= 14 else 0.3


def _person(column: Column) -> float:
    if column.is_yes_no or column.dates > 0.3:
        return 0.0
    is_short = column.mean_words <= 6 and column.numbers < 0.2 and column.phones < 0.3 and column.emails < 0.3
    return max(column.names, 0.4) if is_short else 0.0


def _caller(column: Column) -> float:
    """A person, and not the same one in every row, as the name of who filled in the form is."""
    return 0.0 if len(column.distinct) == 1 < len(column.values) else _person(column)


def _yes_no(column: Column) -> float:
    return float(column.is_yes_no)


def _codes(column: Column) -> float:
    if column.dates > 0.3 or column.mean_words > 4 or len(column.distinct) > 15 or column.numbers > 0.5:
        return 1.0 if column.is_yes_no else 0.0
    return 1.0


_PERSON_NO: Final = (
    "company|file|street|road|service|ward|school|number|no|phone|tel|telephone|mobile|email|mail|anon\\w*|address|type|"
    "username|place|officer|logged|assigned|owner|warden|clerk|handler|agent|dob|born|birth|post ?code|date|time|ref|"
    "age|gender|sex|role|relationship|risk level|method|channel|source|operator|team|site|location"
)
_ABOUT: Final = (
    "subject|person at risk|concerned|concern|suspects?|perpetrator|offender|alleged|nominal|"
    "vulnerable person|victim|person involved|of interest|against"
)
_CALLER: Final = (
    "caller|reported by|reporter|complainant|informant|customer|who told|told you|contact name|reporting person|"
    "requester|requestor|enquirer|tenant|resident|witness"
)

# In the order in which they choose among columns.
CERTAIN: Final[dict[str, Role]] = {
    "postcode": Role(
        ((_STRONG, "post ?code|postal code|zip ?code|zip|pcode"),), f"{_CALLER}|home", lambda one: one.postcodes, _WEAK
    ),
    "caller_phone": Role(
        ((_STRONG, "phone|tel|telephone|mobile|contact (?:no|number|tel)"), (_MEDIUM, "contact|number|no")),
        f"{_ABOUT}|ref|reference|office|officer", lambda one: one.phones, _WEAK,
    ),
    "caller_email": Role(
        ((_STRONG, "e ?mail|email address"), (_MEDIUM, "contact")), f"{_ABOUT}|office|officer",
        lambda one: one.emails if len(one.distinct) > 1 or len(one.values) <= 1 else 0.0, _WEAK,
    ),
    "is_anonymous": Role(((_STRONG, "anon|anonymous|anonymity|stay anonymous|withhold"),), "", _yes_no),
    "wants_feedback": Role(
        ((_STRONG, "feedback|reply|call ?back|contact back|hear back|updates?|"
                   "follow ?up|keep informed|kept informed|response (?:wanted|required|req)|"
                   "contact (?:req|required)"),),
        "", _yes_no,
    ),
    "is_vulnerable": Role(((_STRONG, "vulnerab\\w*|at risk|risk|vuln"),), "", _yes_no),
    "sensitivity": Role(
        ((_STRONG, "sensitiv\\w*|restricted|restriction|handling|safeguarding|protective marking|marker|"
                   "domestic|da|dv|confidential|da flag|special handling"),
         (_WEAK, "flags?")),
        "", _codes,
    ),
}  # fmt: skip
WORDED: Final[dict[str, Role]] = {
    "source_ref": Role(
        ((_STRONG, "ref|reference|urn|"
                   "(?:incident|case|log|crime|job|report|request|ticket|enquiry) (?:no|number|id|ref)"),
         (_MEDIUM, "id|no|number|key|nr|num|uid|guid|#")),
        "parent|house|flat|phone|tel|mobile|contact|ward|beat|post\\w*|officer|badge|collar|account|customer|person|"
        "property|uprn|linked|related|object|tenancy|easting|northing|lat|long|agency|user|caller|easting|usrn|dob",
        _reference, 0.3,
    ),
    "priority": Role(
        ((_STRONG, "priority|grade|grading|urgency|severity|call type|response(?: level)?|risk (?:level|rating)"),
         (_WEAK, "level|band|tier|cat")),
        "date|time|by|due", _few,
    ),
    "category": Role(
        ((_STRONG, "category|(?:incident|issue|case|crime|offence|complaint|report|event|request|asb|call) type|"
                   "type of \\w+|kind of \\w+|what kind|open\\w* code|service name|classification|class|nature|offence|"
                   "issue|reason|crime group|incident category|asb type|problem"),
         (_MEDIUM, "type|subject|heading|about|service|what|code|kind"), (_WEAK, "group|title")),
        "sub|user|caller|source|channel|contact|property|vehicle|tenure|status|outcome|closing|closed|priority|grade|"
        "service code|call type|mime|resolution|result|date|time|when|who|whom",
        lambda one: 0.0 if one.is_yes_no or one.dates > 0.3 or one.mean_words > 9 or one.numbers > 0.5 else 1.0,
    ),
    "place": Role(
        ((_STRONG, "address(?: line)?(?: ?1)?|location|loc|where|place|street|road|site|premises|venue|scene"),
         (_MEDIUM, "area|block|estate|landmark|junction"), (_WEAK, "town|village|locality|parish")),
        f"{_CALLER}|home|e ?mail|ip|post ?code|gps|lat|latitude|lon|long|longitude|time|date|easting|northing|type|id|"
        "url|web ?site",
        _place,
    ),
    "text": Role(
        ((_STRONG, "description|details?|narrative|story|what happened|log|tell us|circumstances|synopsis|summary|"
                   "free text|mo|report text|incident text|notes?|comments?|remarks|message"),
         (_MEDIUM, "text|account|body|update|info|information|report|what")),
        "status|closing|closed|resolution|outcome|internal|source|title|type|date|time|by|risk assessment",
        _words, _WEAK,
    ),
    "subject_name": Role(((_STRONG, f"{_ABOUT}|about"),), f"{_PERSON_NO}|told you", _person),
    "caller_name": Role(
        ((_STRONG, f"{_CALLER}|(?:first|last|sur|fore|given|family) ?name|full name|your name"),
         (_MEDIUM, "name|who|by")),
        f"{_PERSON_NO}|{_ABOUT}", _caller,
    ),
}  # fmt: skip
RECEIVED: Final = (
    (_STRONG, "received|reported|submitted|logged|created|recorded|requested|completion|call received|"
              "date of report|opened|raised|entered|made|report date|call date|call time|date of call"),
    (_MEDIUM, "call|report|start|log|request"),
    (_WEAK, "date|time|when|timestamp"),
)  # fmt: skip
OCCURRED: Final = (
    (_STRONG, "occurred|occurrence|happened|happen|incident (?:date|time)|(?:date|time) of (?:incident|offence|event)|"
              "offence|event|ignition|committed|from|incident"),
    (_WEAK, "date|time|when|start"),
)  # fmt: skip
ENDED: Final = ((_STRONG, "to|until|end|ended|latest"),)
BORN: Final = ((_STRONG, "dob|birth|born|d o b"),)
NEITHER: Final = re.compile(
    r"\b(?:updated?|modified|closed?|closing|resolved|due|target|printed|exported|extracted|last|review(?:ed)?|assigned|"
    r"attended|arrived|completed by|actioned|acknowledged)\b"
)


def weight_of(names: Iterable[tuple[float, str]], words: str) -> float:
    """The weight of the first pattern that the words of a name have; 0 for none."""
    return next((weight for weight, pattern in names if re.search(rf"\b(?:{pattern})\b", words)), 0.0)


def ranked(role: Role, columns: Sequence[Column]) -> list[tuple[float, Column]]:
    """The columns that may be this, the likeliest first."""
    scored = [(role.score(column), column) for column in columns]
    return sorted((one for one in scored if one[0] >= LEAST), key=lambda one: -one[0])
