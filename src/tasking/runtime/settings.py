"""Settings from the environment, all with defaults that work on one machine."""

from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from tasking.model.errors import DeclarationError


def _find_home() -> Path:
    """The nearest folder upwards that has include/partnership.yml: from here, else from this file."""
    for start in (Path.cwd(), Path(__file__).resolve().parent):
        for folder in (start, *start.parents):
            if (folder / "include" / "partnership.yml").is_file():
                return folder
    raise DeclarationError("no include/partnership.yml here or above; set TASKING_HOME to the folder that has include/")


class Settings(BaseSettings):
    """Environment variables with the prefix TASKING_."""

    model_config = SettingsConfigDict(env_prefix="TASKING_", extra="ignore")

    home: Path = Field(default_factory=_find_home)
    database_url: SecretStr | None = None
    drops: Path | None = Field(default=None, description="a folder of deliveries that replaces each feed's transport")
    pseudonym_key: SecretStr | None = Field(default=None, description="64 hex digits; made under var/ if not given")
    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = Field(
        default=None, description="for `tasking listen`; with it there are buttons"
    )
    slack_base_url: str | None = None
    teams_webhook: SecretStr | None = None
    smtp_url: SecretStr | None = Field(
        default=None, description="smtp://login:password@host:587, smtps://, smtp+plain://"
    )
    desk_url: str | None = Field(default=None, description="where the Tasking desk is, for links in messages")

    def model_post_init(self, _context: Any) -> None:
        object.__setattr__(self, "home", self.home.resolve())

    @property
    def include(self) -> Path:
        return self.home / "include"

    @property
    def var(self) -> Path:
        return self.home / "var"

    @property
    def warehouse_url(self) -> str:
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.var / 'tasking.db'}"
