"""The exercises, a module for each group of layers; ``EXERCISES`` in each."""
