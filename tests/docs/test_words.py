"""The words on screens, in messages, in the help of commands and in the documentation are plain British English."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from conftest import ROOT

# What a council officer or a sergeant would not say, and what to write instead.
INSTEAD = {
    r"\btold by\b": "reported by",
    r"\btold (?:us|of|more than once|again)\b": "reported",
    r"\bfirst told\b": "first reported",
    r"\btell of\b": "report",
    r"\bwaits? for a (?:person|decision)\b|\bdecisions? that waits?\b|\bNothing waits\b": "needs a decision, still to decide",
    r"\bwhat gathers\b|\bhave gathered\b": "repeated reports",
    r"\bthe chosen\b": "selected",
    r"\bset it going\b": "start group",
    r"\bgroups? at work\b|\bgroups? is at work\b": "active groups",
    r"\bwhat (?:it|they|a \w+) rests? on\b": "evidence",
    r"\bwithin[_ ]h \d": "within 31 days",
    r"\bspeaks? (?:for|against)\b": "evidence for, evidence against",
    r"\babove nought\b|\bnought\b": "zero",
    r"\ba file that could be used\b": "a usable file",
    r"\bstands there\b|\bstands here\b": "is there",
    r"\bnot your doing\b": "went wrong on our side",
    r"\bleave it\b(?! out)": "skip",
    r"\bnever (?:one|these two)\b": "different",
    r"\ba fault of ours\b|\bours to put right\b": "a fault in Tasking, for us to fix",
    r"\bput right\b": "corrected",
    r"\bmend(?:s|ed|ing)?\b": "correct, fix",
    r"\bwell again\b": "working again",
    r"\banew\b": "again",
    r"\bof no account\b": "does not matter",
    r"\bfor good\b": "permanently",
    r"\bwhoever\b": "the person who, anyone who",
}
# Terms of the field that have no place on a screen, whatever they are in the documentation.
CODE_WORDS = {
    r"\blog-odds\b": "how likely",
    r"\blinkage-\d": "nothing: the version of the model is for the log",
    r"\bz \d": "times the usual variation",
}

# Stored values that these words are part of, and "whoever asks", each with where.
ALLOWED = {
    ("src/tasking/model/delivery.py", "a fault of ours"),  # in reasons that version 0.2 stored
    ("src/tasking/model/errors.py", "whoever"),  # likewise
    ("src/tasking/linkage/comparisons.py", "told again"),  # the stored name of a comparison
    ("src/tasking/linkage/explain.py", "told again"),
    ("src/tasking/linkage/pair_table.py", "told again"),
    ("src/tasking/linkage/pair_evidence.py", "told again"),  # stored evidence; strength.py has what people read
    ("src/tasking/linkage/strength.py", "told again"),
    ("src/tasking/delivery/ops_alerts.py", "anew"),  # the key of a message that was sent
    ("src/tasking/cli/retention.py", "whoever"),
    ("docs/glossary.md", "whoever"),
    # The table of what not to write.
    ("src/tasking/runtime/decision_operator.py", "leave it"),  # what version 0.2 asked
    *(
        ("CONTRIBUTING.md", one)
        for one in (
            "told by",
            "waits for a person",
            "what it rests on",
            "never one",
            "leave it",
            "for good",
            "anew",
            "whoever",
        )
    ),
}
# Pages of a kind of their own: old names, and tables that a command wrote.
LEFT_OUT = {"docs/names.md", "docs/reliability.md"}
CODE = re.compile(r"^ *(?:```|~~~).*?^ *(?:```|~~~)|`[^`\n]+`|<!--.*?-->", re.MULTILINE | re.DOTALL)
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<(?:style|script)\b.*?</(?:style|script)>|<[^>]*>", re.DOTALL)
LABELS = re.compile(r'(?:alt|title|aria-label|placeholder|value)="([^"]*)"')


def texts_of_python(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of each string, docstrings of commands among them, others not."""
    tree = ast.parse(source)
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    left_out = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr) and not _is_command(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "…" for part in node.values]
            yield node.lineno, "".join(str(part) for part in parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside | left_out:
            yield node.lineno, node.value


def _is_command(node: ast.AST) -> bool:
    """True for a function that typer shows: its docstring is the help."""
    names = [ast.unparse(one) for one in getattr(node, "decorator_list", [])]
    return any(".command" in name or ".callback" in name for name in names)


def found_in(name: str, texts: Iterable[tuple[int, str]]) -> list[str]:
    """`file:line: "word", write: instead`, for each word of the list that is not allowed there."""
    words = INSTEAD | (CODE_WORDS if name.endswith(".j2") else {})
    return [
        f'{name}:{line}: "{match[0]}", write: {instead}'
        for line, text in texts
        for word, instead in words.items()
        for match in re.finditer(word, text, re.IGNORECASE)
        if (name, match[0].lower()) not in ALLOWED
    ]


def lines_of(text: str) -> list[tuple[int, str]]:
    return list(enumerate(text.splitlines(), 1))


def _blank(match: re.Match[str]) -> str:
    return f" {' '.join(LABELS.findall(match[0]))} " + "\n" * match[0].count("\n")


def texts_of(path: Path) -> list[tuple[int, str]]:
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return list(texts_of_python(source))
    if path.suffix == ".j2":
        return lines_of(JINJA.sub(_blank, source))
    return lines_of(CODE.sub(lambda match: "\n" * match[0].count("\n"), source))


def files(*patterns: str) -> list[Path]:
    return [
        path
        for pattern in patterns
        for path in sorted(ROOT.glob(pattern))
        if str(path.relative_to(ROOT)) not in LEFT_OUT and "migrations" not in path.parts
    ]


@pytest.mark.parametrize(
    "patterns",
    [
        pytest.param(("src/tasking/pages/templates/*.j2", "include/templates/**/*.j2"), id="screens"),
        pytest.param(("src/tasking/**/*.py",), id="messages"),
        pytest.param(("docs/**/*.md", "README.md", "CONTRIBUTING.md", "SECURITY.md"), id="documentation"),
        pytest.param(("include/rules/*.yml", "include/harm.yml", "include/access.yml"), id="declarations"),
    ],
)
def test_nothing_is_said_in_words_of_our_own(patterns):
    read = files(*patterns)
    assert len(read) > 5
    assert [one for path in read for one in found_in(str(path.relative_to(ROOT)), texts_of(path))] == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("page.html.j2", '<p title="x">The reports are told by {{ partner }}</p>'),
        ("page.html.j2", '<button aria-label="Leave it">S</button>'),
        ("message.py", 'raise TaskingError(f"{name} waits for a decision")'),
        ("message.py", '@app.command()\ndef show():\n    """See what it rests on."""'),
        ("page.md", "A rule sees what gathers round a place."),
    ],
)
def test_a_word_that_comes_back_is_found(tmp_path, name, source):
    path = tmp_path / name
    path.write_text(source, encoding="utf-8")
    assert found_in(name, texts_of(path))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("page.html.j2", "{% set chosen = told_by(report) %}<p>Reported by {{ partner }}</p>"),
        ("message.py", '"""What it rests on, for who maintains this."""\ntold_by = "one"'),
        ("page.md", "Run `tasking incidents never one other`.\n\n```\ntold by\n```\n"),
    ],
)
def test_code_is_not_text(tmp_path, name, source):
    path = tmp_path / name
    path.write_text(source, encoding="utf-8")
    assert found_in(name, texts_of(path)) == []
