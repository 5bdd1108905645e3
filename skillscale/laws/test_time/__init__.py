"""What more samples at test time buy: coverage, selectors, forecasts, budgets, and training against inference compute."""
