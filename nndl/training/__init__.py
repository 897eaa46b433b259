"""What a Solver is made of: sampling, checkpoints, resuming, progress."""
