"""Settings from the environment, all with defaults that work on one machine."""

from pathlib import Path
from typing import Any, Final, Self

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from tasking.config.layers import NAME, PARTNERSHIPS, Include, partnerships_under
from tasking.model.errors import DeclarationError

_PLACE: Final = "{partnership}"


def _find_home() -> Path:
    """The nearest folder with include/partnership.yml, upwards from the working directory, else from this file."""
    for start in (Path.cwd(), Path(__file__).resolve().parent):
        for folder in (start, *start.parents):
            if (folder / "include" / "partnership.yml").is_file():
                return folder
    raise DeclarationError(
        "no include/partnership.yml here or above; set TASKING_HOME to the folder that has include/, or make one: "
        "tasking init DIR"
    )


class Settings(BaseSettings):
    """Environment variables with the prefix TASKING_."""

    model_config = SettingsConfigDict(env_prefix="TASKING_", extra="ignore")

    home: Path = Field(default_factory=_find_home)
    partnership: str | None = Field(default=None, description="one of include/partnerships; none if there is only one")
    database_url: SecretStr | None = None
    drops: Path | None = Field(default=None, description="a folder of deliveries that replaces each feed's transport")
    pseudonym_key: SecretStr | None = Field(default=None, description="64 hex digits; made under var/ if not given")
    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = Field(default=None, description="for `tasking listen`; needed for buttons")
    slack_base_url: str | None = None
    teams_webhook: SecretStr | None = None
    smtp_url: SecretStr | None = Field(
        default=None, description="smtp://login:password@host:587, smtps://, smtp+plain://"
    )
    airflow_database_url: SecretStr | None = Field(
        default=None,
        description="Airflow's own database, for housekeeping and erasure; tasks of Airflow do not get it",
    )
    airflow_url: str | None = Field(default=None, description="Airflow's API, for `tasking doctor` to check its parts")
    clamd: str | None = Field(
        default=None,
        description="ClamAV’s daemon, tcp://host:3310 or unix:/path; then everything is scanned before it is kept",
    )
    desk_url: str | None = Field(default=None, description="address of the Tasking desk, for links in messages")
    desk_hosts: str = Field(
        default="",
        description="other names of the desk besides localhost and that of desk_url, separated by commas",
    )

    def model_post_init(self, _context: Any) -> None:
        object.__setattr__(self, "home", self.home.resolve())
        if self.partnership and not NAME.fullmatch(self.partnership):
            raise DeclarationError(f"{self.partnership!r} is no name of a partnership: small letters, digits and _")
        if self.partnership and self.partnership not in self.partnerships:
            raise DeclarationError(
                f"there is no include/{PARTNERSHIPS}/{self.partnership}/partnership.yml; there are: "
                + (", ".join(self.partnerships) or "none")
            )

    def of(self, partnership: str | None) -> Self:
        """These settings for one partnership."""
        return type(self)(**(self.model_dump() | {"partnership": partnership}))

    @property
    def partnerships(self) -> list[str]:
        """The partnerships of this deployment, if it serves several; else empty."""
        return partnerships_under(self.home / "include")

    @property
    def include(self) -> Include:
        return Include.of(self.home / "include", self.partnership)

    @property
    def base(self) -> Path:
        """Where relative paths of the declarations start: home, or home/partnerships/<name>."""
        return self.home / PARTNERSHIPS / self.partnership if self.partnership else self.home

    @property
    def var(self) -> Path:
        """The partnership's data folder: kept deliveries, its key, and its database if that is SQLite."""
        return self.home / "var" / PARTNERSHIPS / self.partnership if self.partnership else self.home / "var"

    @property
    def deliveries(self) -> Path | None:
        """The folder of deliveries that replaces the transports, if one is set."""
        return self.drops / self.partnership if self.drops and self.partnership else self.drops

    @property
    def warehouse_url(self) -> str:
        """The database; `{partnership}` in the URL stands for the partnership's name. Raises DeclarationError."""
        if self.database_url is None:
            return f"sqlite:///{self.var / 'tasking.db'}"
        url = self.database_url.get_secret_value()
        if self.partnership and url.startswith("sqlite") and _PLACE not in url:
            raise DeclarationError(
                f"TASKING_DATABASE_URL: several partnerships can't share a file of SQLite: put {_PLACE} into its name"
            )
        return url.replace(_PLACE, self.partnership or "")

    @property
    def schema_name(self) -> str | None:
        """The partnership's schema, if several share one PostgreSQL database."""
        url = self.database_url.get_secret_value() if self.database_url else ""
        return f"tasking_{self.partnership}" if self.partnership and _PLACE not in url else None
