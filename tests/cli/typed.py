"""The command line as somebody types it."""

from typer.testing import CliRunner

from tasking.cli import app


def outcome(*arguments: str, status: int = 0) -> str:
    """The output of a command that has to end with `status`, in one line, without a traceback."""
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == status, result.output
    assert "Traceback" not in result.output
    return " ".join(result.output.split())
