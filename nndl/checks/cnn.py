"""Arguments of the networks of ``nndl.cnn``."""

from nndl.checks.arguments import check_integer


def check_input_dim(function, input_dim):
    """Raise unless ``input_dim`` is (C, H, W) of images that can be pooled in windows of 2 by 2.

    Raises
    ------
    TypeError
        Not a sequence, or an entry that is not an integer.
    ValueError
        Not three entries, no channel, or fewer than 2 rows or columns.
    """
    if not isinstance(input_dim, tuple | list):
        came = f"input_dim is {input_dim!r} ({type(input_dim).__name__})"
        raise TypeError(f"{function}: {came}, expected a tuple (channels, height, width)")
    if len(input_dim) != 3:
        came = f"input_dim is {tuple(input_dim)}"
        raise ValueError(f"{function}: {came}, expected (channels, height, width)")
    for k, least in enumerate((1, 2, 2)):  # a window of 2 by 2 must fit
        check_integer(function, f"input_dim[{k}]", input_dim[k], least=least)


def check_filter_size(function, filter_size):
    """Raise unless ``filter_size`` is an odd integer: only such a filter has a middle.

    Raises
    ------
    TypeError
        Not an integer.
    ValueError
        Below 1, or even: no pad then leaves the size of an image as it is.
    """
    check_integer(function, "filter_size", filter_size, least=1)
    if filter_size % 2 == 0:
        why = f"the pad that keeps the size would be {(filter_size - 1) / 2} pixels"
        raise ValueError(f"{function}: filter_size is {filter_size}, expected an odd number: {why}")


def check_input(function, X, input_dim):
    """Raise unless the array ``X`` holds images (N, C, H, W) of the size ``input_dim``.

    Raises
    ------
    ValueError
        With the shape that came and the one expected.
    """
    if X.shape[1:] != input_dim:
        wanted = ", ".join(map(str, ("N", *input_dim)))
        raise ValueError(f"{function}: X has shape {X.shape}, expected ({wanted})")
