"""Monitors by others, each under the interface of our own detectors."""

from pipelines.evaluate.peers.registry import PEERS, STEPS, peer

__all__ = ["PEERS", "STEPS", "peer"]
