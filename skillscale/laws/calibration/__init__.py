"""Whether a model's confidence is its share of right answers, and what abstaining buys."""
