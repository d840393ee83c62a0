"""Law that an admin brings: looked at, tried, put into force, kept."""
