"""The convolution's kernels and the plans that choose among them."""
