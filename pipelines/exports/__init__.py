"""A finished run in, files for other tools out: vector layers, COGs, and a STAC catalog of them."""

from pipelines.exports.step import export

__all__ = ["export"]
