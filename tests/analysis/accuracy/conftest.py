"""Claims and truths of a few pixels, one row each."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.accuracy import Claim, Reference


@pytest.fixture
def truth():
    def made(onsets, kinds=None, counted=None, never_green=None):
        """Onset of every pixel as ISO date, None where not dug."""
        onset = np.array([["NaT" if day is None else day for day in onsets]], "datetime64[D]")
        shape = onset.shape
        return Reference(
            dug=~np.isnat(onset),
            onset=onset,
            counted=np.ones(shape, bool) if counted is None else np.array([counted], bool),
            kind=np.zeros(shape, np.uint8) if kinds is None else np.array([kinds], np.uint8),
            kinds=("ground", "field"),
            never_green=np.zeros(shape, bool)
            if never_green is None
            else np.array([never_green], bool),
            watched=np.datetime64("2022-01-01", "D"),
            end=np.datetime64("2023-12-31", "D"),
        )

    return made


@pytest.fixture
def said():
    def made(confirmed, onset=None, detected=None, confidence=None, ever=None, blind=None):
        """Day of confirmation of every pixel as ISO date, None where nothing is claimed."""

        def days(told):
            return np.array([["NaT" if day is None else day for day in told]], "datetime64[D]")

        def flags(told):
            return np.array([told], bool)

        day = days(confirmed)
        standing = ~np.isnat(day)
        return Claim(
            standing=standing,
            ever=standing if ever is None else standing | flags(ever),
            onset=day if onset is None else days(onset),
            detected=day if detected is None else days(detected),
            confirmed=day,
            confidence=np.full(day.shape, np.nan, np.float32)
            if confidence is None
            else np.array([confidence], np.float32),
            blind=np.zeros(day.shape, bool) if blind is None else flags(blind),
        )

    return made
