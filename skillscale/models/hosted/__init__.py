"""Models behind somebody's address, asked through Inspect AI (extra `hosted`)."""
