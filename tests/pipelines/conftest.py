"""The local servers of the sources' tests serve those of the jobs as well."""

from tests.cube.sources.conftest import serve

__all__ = ["serve"]
