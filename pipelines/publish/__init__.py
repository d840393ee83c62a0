"""What a run publishes for those who look: everything a page shows, complete or not there."""

from pipelines.publish.step import publish, publish_states

__all__ = ["publish", "publish_states"]
