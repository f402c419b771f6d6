from tasking.cli import app

app()
