"""What the modules of the package share; no name here is for readers."""
