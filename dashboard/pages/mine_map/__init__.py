"""The map of one mine, which runs in the browser."""

from dashboard.pages.mine_map.component import MineMap
from dashboard.pages.mine_map.config import map_config

__all__ = ["MineMap", "map_config"]
