"""Puts the sample deliveries where practice partners have them: mails into a maildir, objects into an S3."""

import argparse
import mailbox
from email.message import EmailMessage
from pathlib import Path

SENDERS = {"wardens": "wardens@kcc.example", "housing": "reports@westkenthomes.example"}  # of include/feeds
BUCKET = "csu-deliveries"


def put_mails(deliveries: Path, maildir: Path) -> int:
    """A mail for each file of the partners who send mail; those that are there already are not sent again."""
    box, count = mailbox.Maildir(maildir), 0
    known = {message["Subject"] for message in box}
    for feed, sender in SENDERS.items():
        for path in sorted((deliveries / feed).iterdir()):
            if path.name in known:
                continue
            message = EmailMessage()
            message["From"], message["To"], message["Subject"] = sender, "csu@example.org", path.name
            message.set_content("The daily log is attached.")
            message.add_attachment(
                path.read_bytes(), maintype="application", subtype="octet-stream", filename=path.name
            )
            box.add(message)
            count += 1
    return count


def put_objects(deliveries: Path, endpoint_url: str) -> int:
    """An object for each file of the fire service."""
    import s3fs

    store = s3fs.S3FileSystem(key="practice", secret="practice", endpoint_url=endpoint_url)  # noqa: S106 - of a stand-in
    store.makedirs(BUCKET, exist_ok=True)
    paths = sorted((deliveries / "fire").iterdir())
    for path in paths:
        store.pipe(f"{BUCKET}/fire/{path.name}", path.read_bytes())
    return len(paths)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--deliveries", type=Path, required=True)
    options.add_argument("--maildir", type=Path)
    options.add_argument("--s3")
    given = options.parse_args()
    if given.maildir:
        print(f"{put_mails(given.deliveries, given.maildir)} mails")
    if given.s3:
        print(f"{put_objects(given.deliveries, given.s3)} objects")


if __name__ == "__main__":
    main()
