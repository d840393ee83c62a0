"""What a run publishes for those who look: everything a page shows, complete or not there."""

from pipelines.publish.states import publish_states
from pipelines.publish.step import publish

__all__ = ["publish", "publish_states"]
