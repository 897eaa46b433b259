"""Arguments of im2col and col2im."""

from nndl.checks.arguments import check_array, check_integer, check_shape, check_whole


def check_im2col(function, x_shape, field_height, field_width, padding, stride):
    """Raise unless windows of this size fit into images of this shape.

    Parameters
    ----------
    function : str
        The function's name, for the message.
    x_shape : tuple of int
        Shape of the images, (N, C, H, W).
    field_height, field_width : int
        Size of the window, 1 or more each.
    padding, stride : int
        0 or more, and 1 or more.

    Raises
    ------
    TypeError, ValueError
        With the function, the argument, what came and what was expected.
    """
    if not isinstance(x_shape, tuple) or len(x_shape) != 4:
        raise TypeError(f"{function}: x_shape is {x_shape!r}, expected a tuple (N, C, H, W)")
    for size in x_shape:
        check_integer(function, "an entry of x_shape", size, least=0)
    check_whole(function, "padding", padding, least=0)
    check_whole(function, "stride", stride, least=1)
    for name, field, size in (
        ("height", field_height, x_shape[2]),
        ("width", field_width, x_shape[3]),
    ):
        check_whole(function, f"field_{name}", field, least=1)
        padded = int(size) + 2 * int(padding)
        if field > padded:
            raise ValueError(
                f"{function}: field_{name} is {field}, which is larger than the padded {name} "
                f"of x, {size} + 2*{padding} = {padded}"
            )


def check_images(function, x, *window):
    """Raise unless ``x`` are images into which the window fits."""
    check_array(function, "x", x, 4)
    check_im2col(function, x.shape, *window)


def check_columns(function, cols, x_shape, field_height, field_width, padding, stride):
    """Raise unless ``cols`` has the shape that ``im2col_indices`` gives for such images."""
    check_im2col(function, x_shape, field_height, field_width, padding, stride)
    check_array(function, "cols", cols, 2)
    field_height, field_width, padding, stride = map(
        int, (field_height, field_width, padding, stride)
    )
    N, C, H, W = x_shape = tuple(map(int, x_shape))
    H_out = 1 + (H + 2 * padding - field_height) // stride
    W_out = 1 + (W + 2 * padding - field_width) // stride
    shape = (C * field_height * field_width, H_out * W_out * N)
    why = f" for x_shape {x_shape} and windows of {field_height} by {field_width}"
    check_shape(function, "cols", cols, shape, why)
