"""The parts of `final/reports/`: pictures, charts, a map, and the page that holds them."""
