"""How unlikely a count at a place is, given the place's own past."""

from typing import Final

_PRIOR: Final = 0.5  # Jeffreys: half an incident before anything is known


def tail_probability(count: int, past: int, share: float) -> float:
    """The probability of `count` or more incidents in a window, given `past` in an earlier one 1/`share` times as long.

    Incidents come by a Poisson process whose rate is known from the past only, so the count is negative binomial (the
    gamma-Poisson posterior predictive); a place without past incidents does not get a rate of zero. `share` > 0.
    """
    if count <= 0:
        return 1.0
    from scipy.special import betainc  # takes a while to import; most starts run no rule

    # The tail of a negative binomial distribution is a regularised incomplete beta function.
    return float(betainc(count, past + _PRIOR, share / (1 + share)))
