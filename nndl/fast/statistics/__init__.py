"""Mean and variance of a batch, and their running averages: what the twins of the norms share."""
