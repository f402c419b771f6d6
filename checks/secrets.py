"""Nothing that looks like a secret is in what is committed: detect-secrets over every file that git keeps.

What is made up, in examples and tests, says so by itself (`password`, `secret`, `practice`).
"""

import subprocess
import sys

from detect_secrets import SecretsCollection
from detect_secrets.settings import transient_settings

MADE_UP = (
    r"(login:password@|user:password@|secret-word@|all:secret@|weald:secret@|practice:practice@"
    r"|password=\"practice\"|password=\"secret-token\")"
)
LEFT_OUT = r"(requirements[^/]*\.txt|include/geo/.*|package.*\.json|tests/gold/.*|docs/pictures/.*|.*\.ambr)$"
FILTERS = (
    {"path": "detect_secrets.filters.regex.should_exclude_line", "pattern": [MADE_UP]},
    {"path": "detect_secrets.filters.regex.should_exclude_file", "pattern": [LEFT_OUT]},
    {"path": "detect_secrets.filters.heuristic.is_potential_uuid"},
    {"path": "detect_secrets.filters.heuristic.is_likely_id_string"},
    {"path": "detect_secrets.filters.heuristic.is_templated_secret"},
    {"path": "detect_secrets.filters.heuristic.is_sequential_string"},
    {"path": "detect_secrets.filters.heuristic.is_indirect_reference"},
    {"path": "detect_secrets.filters.heuristic.is_not_alphanumeric_string"},
    {"path": "detect_secrets.filters.allowlist.is_line_allowlisted"},
)
KINDS = (
    "AWSKeyDetector", "ArtifactoryDetector", "AzureStorageKeyDetector", "BasicAuthDetector", "GitHubTokenDetector",
    "JwtTokenDetector", "KeywordDetector", "PrivateKeyDetector", "SendGridDetector", "SlackDetector", "StripeDetector",
    "TwilioKeyDetector",
)  # fmt: skip
ENTROPIES = ({"name": "Base64HighEntropyString", "limit": 4.5}, {"name": "HexHighEntropyString", "limit": 3.0})


def main() -> int:
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True).stdout
    plugins = [*({"name": kind} for kind in KINDS), *ENTROPIES]
    found = SecretsCollection()
    with transient_settings({"plugins_used": plugins, "filters_used": list(FILTERS)}):
        for name in filter(None, listed.split("\0")):
            found.scan_file(name)
    told = [f"{one.filename}:{one.line_number}: {one.type}" for _, one in found]
    print("\n".join(told) or "no secret in any file")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
