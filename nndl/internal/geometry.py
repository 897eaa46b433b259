"""Shapes of what a window that moves over images gives, for arguments that were checked."""


def conv_out_shape(x, w, conv_param):
    """Shape (N, F, H', W') of a convolution's output, for arguments that were checked."""
    stride, pad = int(conv_param["stride"]), int(conv_param["pad"])
    sizes = ((x.shape[k] + 2 * pad - w.shape[k]) // stride + 1 for k in (2, 3))
    return (x.shape[0], w.shape[0], *sizes)


def pool_out_shape(x, pool_param):
    """Shape (N, C, H', W') of a pooling's output, for arguments that were checked."""
    stride, H, W = int(pool_param["stride"]), *x.shape[2:]
    H_out = 1 + (H - int(pool_param["pool_height"])) // stride
    W_out = 1 + (W - int(pool_param["pool_width"])) // stride
    return (*x.shape[:2], H_out, W_out)
