"""How good a map of excavation is: truth and claim in, figures with their sources out."""

from analysis.accuracy.reference import Claim, Reference, claim
from analysis.accuracy.sampled import Sample, area_accuracy, sample_of
from analysis.accuracy.summary import accuracy, spread, total
from analysis.accuracy.tally import Tally, tally, tally_from_plain, tally_to_plain

__all__ = [
    "Claim",
    "Reference",
    "Sample",
    "Tally",
    "accuracy",
    "area_accuracy",
    "claim",
    "sample_of",
    "spread",
    "tally",
    "tally_from_plain",
    "tally_to_plain",
    "total",
]
