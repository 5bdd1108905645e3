"""`skillscale reinforce`: runs, their outcome, their rows of the table, and what the report shows of them."""
