"""Evidence packs: an alert in, a page and a PDF that an inspector can check, out."""

from pipelines.evidence.step import evidence

__all__ = ["evidence"]
