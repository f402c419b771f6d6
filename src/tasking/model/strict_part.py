"""The base of the parts of include/partnership.yml: unknown keys are errors, and values do not change."""

from pydantic import BaseModel, ConfigDict


class StrictPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
