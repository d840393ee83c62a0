"""How well detectors find excavation at simulated sites of known truth, ours beside their peers."""
