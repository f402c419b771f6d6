"""The key of the pseudonyms, and a new one."""

import typer

from tasking.cli.shell import errors, errors_in_one_sentence, open_services, output

app = typer.Typer(no_args_is_help=True, help="The key that turns names and telephone numbers into pseudonyms.")


@app.command()
def show() -> None:
    """The id of the key in force, and how many reports are under which. The key itself is never shown."""
    from tasking.privacy import rekeying

    with errors_in_one_sentence():
        services = open_services()
        output.print(f"in force: {services.conventions.pseudonyms.key_id}")
        for key_id, reports in rekeying.keys_in_use(services.privacy).items():
            output.print(f"{key_id}: {reports} reports")


@app.command()
def rotate() -> None:
    """Make a new key, put every pseudonym under it, and destroy the old one. If it is cut off: tasking keys rekey."""
    from tasking.runtime import keys
    from tasking.runtime.settings import Settings

    with errors_in_one_sentence():
        open_services()  # is all well before anything is changed?
        errors.print(f"new key: {keys.add_key(Settings())}")
        _rekey()


@app.command()
def rekey() -> None:
    """Put every pseudonym under the key in force, and destroy older keys."""
    with errors_in_one_sentence():
        _rekey()


def _rekey() -> None:
    from tasking.privacy import rekeying
    from tasking.runtime import keys
    from tasking.runtime.settings import Settings

    count = rekeying.rekey(open_services().privacy)
    gone = keys.destroy_old_keys(Settings())
    errors.print(f"{count} reports put under the new key; {gone} old key{'s' if gone != 1 else ''} destroyed")
