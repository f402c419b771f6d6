"""Who acts on what the meeting decides, and in how long; part of include/partnership.yml."""

from collections.abc import Collection

from pydantic import Field

from tasking.model.strict_part import StrictPart


class Owner(StrictPart):
    """Who is asked to act on some categories, what they are asked, and in how many meeting days."""

    owner: str = Field(description="the team or person who is asked, as taskings name them")
    what: str = Field(description="what they are asked to do")
    categories: list[str] = Field(default=[], description="codes of categories.yml for which they are asked")
    places: list[str] = Field(
        default=[], description="public names, towns or wards that they cover: without any, the whole district"
    )
    due_in: int = Field(default=1, ge=1, description="in how many meeting days it is due")


class Role(StrictPart):
    """Who does what once a proposal is approved, and in how many meeting days."""

    owner: str = Field(description="the team or person who is asked, as taskings name them")
    what: str = Field(description="what they are asked to do")
    due_in: int = Field(default=1, ge=1, description="in how many meeting days it is due")


class CaseReviewOwner(StrictPart):
    """Who acknowledges a case review and arranges it; by when is in `case_reviews`."""

    owner: str = Field(description="the team or person who is asked, as taskings name them")
    what: str = Field(default="acknowledge and arrange the case review", description="what they are asked to do")


class Taskings(StrictPart):
    """How the briefing proposes taskings: at most `most` of them, to the first owner whose categories fit.

    One that nobody answers for `lapse_after` meetings lapses; one overdue by `escalate_after` is named to the chair.
    The other fields say who answers for what the meeting approves; where one is left out, `otherwise` does.
    """

    most: int = Field(ge=0, le=20, description="how many taskings one briefing proposes at most")
    lapse_after: int = Field(
        default=5, ge=1, description="after how many meetings without a decision a proposed tasking lapses"
    )
    escalate_after: int = Field(
        default=3, ge=1, description="by how many meetings a tasking is overdue before the chair is informed"
    )
    owners: list[Owner] = Field(
        default=[], description="who is asked, by category and place: the first that fits is taken"
    )
    otherwise: Owner = Field(description="who is asked where no owner fits")
    lead: str | None = Field(
        default=None,
        description="who leads task-and-finish groups: without one, the owner whose categories and places fit",
    )
    case_reviews: CaseReviewOwner | None = Field(
        default=None, description="who acknowledges a case review and arranges it"
    )
    analyst: Role | None = Field(default=None, description="who looks into what a rule asks an analyst to look at")
    senior: Role | None = Field(default=None, description="who takes up what a rule escalates")
    restricted: Role | None = Field(default=None, description="who refers what goes by the restricted route")

    def owner_of(self, category: str, places: Collection[str] = ()) -> Owner:
        """The first owner of the category whose places include one of `places`; else `otherwise`."""
        fitting = (owner for owner in self.owners if category in owner.categories)
        return next((one for one in fitting if not one.places or set(one.places) & set(places)), self.otherwise)

    @property
    def declared_owners(self) -> list[str]:
        """Everybody whom a field here names, each once, in the order of the declaration."""
        roles = (self.case_reviews, self.analyst, self.senior, self.restricted)
        named = [*(one.owner for one in self.owners), *(role.owner for role in roles if role), self.otherwise.owner]
        return list(dict.fromkeys([*named, *([self.lead] if self.lead else [])]))


class FollowUps(StrictPart):
    """Within how many hours of their report a person who asked for it is contacted, and where they can reach a partner:
    `contacts` has, by partner, what a letter says."""

    hours: int = Field(
        default=72,
        ge=1,
        le=24 * 28,
        description="within how many hours of their report a person who asked is contacted",
    )
    contacts: dict[str, str] = Field(
        default={}, description="by partner, how the public reaches it: letters and calls say this"
    )


class CaseReviews(StrictPart):
    """The clock of a case review, in working days: from the day on which a step became due to its last day."""

    acknowledge_in: int = Field(
        default=5,
        ge=1,
        description="working days to offer a review once its threshold is met, or to acknowledge a request",
    )
    decide_in: int = Field(
        default=10, ge=1, description="working days from the request to the decision whether to hold a review"
    )
