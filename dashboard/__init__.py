"""What people look at in a browser: stored results only, nothing is detected here."""
