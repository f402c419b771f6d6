"""The desk's pages over a district, for somebody who may do what a test says."""

import re
from dataclasses import dataclass

from conftest import client_of

from tasking.pages import Host, May, Person, create_app

from .conftest import District

CHAIR = frozenset({May.READ, May.DETAILS, May.DECIDE})
READER = frozenset({May.READ})
KEEPER = CHAIR | {May.RESTRICTED}


@dataclass
class Desk:
    district: District
    may: frozenset = CHAIR
    name: str = "chair"
    at: str = ""  # the page that the next form is sent from

    def __post_init__(self) -> None:
        async def person_of(_request):
            return Person(self.name, frozenset(self.may))

        host = Host(
            lambda: self.district.open(), person_of, lambda *_: "", lambda *_: "", b"a secret",
            hosts=frozenset({"desk.example"}),
        )  # fmt: skip
        self.client = client_of(create_app(host))

    def get(self, path: str):
        answer = self.client.get(path, headers={"Accept": "text/html"})
        self.at = path if answer.status_code == 200 else self.at
        return answer

    def text(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, path: str, /, **form):
        """Sends a form from the page that was opened last."""
        token = re.search(r'name="sent_from" value="(\w+)"', self.client.get("/help").text)[1]
        fields = {"sent_from": token} | {key: value for key, value in form.items() if value is not None}
        return self.client.post(path, data=fields, headers={"Referer": f"https://desk.example{self.at}"})

    def follow(self, answer) -> str:
        """The page that a form leads to."""
        assert answer.status_code == 303, answer.text
        return self.text(answer.headers["location"])


def said(text: str) -> str:
    found = re.search(r'<p class="said[^>]*>(.*?)</p>', text, re.DOTALL)
    return found[1] if found else ""


def heading(text: str) -> str:
    return re.search(r'<h1 id="item"[^>]*>(.*?)</h1>', text)[1]


def item_of(text: str) -> str:
    """The key of the item that is shown."""
    return re.search(r'name="item" value="([^"]+)"><button data-key="s"', text)[1]
