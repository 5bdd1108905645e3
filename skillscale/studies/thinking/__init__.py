"""`skillscale think run`: from what is asked to the rows of the table."""
