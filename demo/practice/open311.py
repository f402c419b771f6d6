"""A council's Open311 GeoReport v2 server for practice: the service requests of its delivery files, in pages."""

import argparse
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


class Council(BaseHTTPRequestHandler):
    """Answers `requests.json?start_date=…&end_date=…&page=…&page_size=…`, under any path."""

    deliveries: Path

    def do_GET(self) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        size, page = int(asked.get("page_size", 100)), int(asked.get("page", 1))
        found = [one for one in self.records() if self.is_asked_for(one, asked)]
        body = json.dumps(found[(page - 1) * size : page * size]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def records(self) -> list[dict]:
        return [one for path in sorted(self.deliveries.glob("*.json")) for one in json.loads(path.read_text())]

    def is_asked_for(self, record: dict, asked: dict[str, str]) -> bool:
        at = record["requested_datetime"][:16]
        return asked.get("start_date", "")[:16] <= at and at <= (asked.get("end_date") or "9999")[:16]

    def log_message(self, *_arguments) -> None:
        """Quiet."""


def serve(deliveries: Path, host: str, port: int) -> ThreadingHTTPServer:
    """A server that is ready to serve."""
    return ThreadingHTTPServer((host, port), type("Here", (Council,), {"deliveries": deliveries}))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=8311)
    options.add_argument("--deliveries", type=Path, required=True)
    given = options.parse_args()
    serve(given.deliveries, given.host, given.port).serve_forever()


if __name__ == "__main__":
    main()
