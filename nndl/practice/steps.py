"""What has to happen in each step of a function, for the third hint: never how it is written.

By the function of this package, then by what a step computes, under the book's name for it.
"""

Steps = dict[str, str]

_WINDOW = {
    "rows": "The window of output (i, j) begins at row i * stride; its height is another number, "
    "which is given, too.",
    "columns": "The window of output (i, j) begins at column j * stride, and has a width of its "
    "own.",
}
_SIZES = {
    "H_out": "How many windows fit below each other: the first one, and one more for each whole "
    "step that is left.",
    "W_out": "How many windows fit side by side: the first one, and one more for each whole step "
    "that is left. Width, window and padding are those of this direction.",
}
_SUMS = {
    "dgamma": "dgamma: each out has x_hat times gamma; one sum for each gamma, over whatever "
    "shares it, in gamma's shape.",
    "dbeta": "dbeta: beta is added to each out of its feature; one sum for each beta, in its "
    "shape.",
    "dx_hat": "dx_hat: what comes back to x_hat, which gamma had multiplied.",
}
_BATCHNORM_BACK = _SUMS | {
    "dsigma": "The way through sigma: every x_hat of a feature was divided by the one sigma, so "
    "it is a sum over the batch.",
    "dvar": "From sigma to the variance: the derivative of a square root.",
    "dcentered": "x - mean is used twice: divided by sigma, and squared in the variance. Both come "
    "together here; the mean of squares brings a 2 and an N.",
    "dmean": "The mean was subtracted from every example of its feature: a sum, with a sign.",
    "dx": "dx: x reaches out by itself, by the mean and by the variance. Three parts are added, "
    "all in the shape of x.",
}

STEPS: dict[str, Steps] = {
    "layers.affine_forward": {
        "rows": "One row for each example: the examples stay apart, and numbers in their order.",
        "out": "One product of matrices, then the bias, once for each example.",
    },
    "layers.affine_backward": {
        "rows": "The rows of the forward pass: one for each example, numbers in their order.",
        "dx": "dx: each x meets the weights of its input; added up over the outputs, then in the "
        "shape of x.",
        "dw": "dw: each weight meets its input and its output; added up over the examples.",
        "db": "db: each bias is added to every example's output; added up over the examples, one "
        "number for each output.",
    },
    "layers.softmax_loss": {
        "shifted": "Each row by itself is shifted by its own largest score; no exponential of a "
        "positive number is left.",
        "log_sum": "One sum of exponentials for each example, over its classes; its logarithm.",
        "loss": "The loss: never the logarithm of a probability, which may be 0, but the logarithm "
        "of the sum minus the shifted score; then the mean over the examples.",
        "dx": "dx: the probabilities, 1 less in one place of each row, and the same 1/N as the "
        "loss.",
    },
    "layers.svm_loss": {
        "margins": "Margins: each score minus that of the right class of its own row, plus 1; "
        "none below 0, and none for the right class itself.",
        "loss": "The loss: all margins added up, then the mean over the examples.",
        "dx": "dx: a 1 for each margin above 0; in the right class, minus their count in its row; "
        "and the same 1/N as the loss.",
    },
    "layers.batchnorm_forward": {
        "mean": "One mean for each feature, over the batch.",
        "centered": "x minus the mean: in training that of the batch, in the test the running one.",
        "var": "One variance for each feature: the mean of squares over the batch.",
        "sigma": "eps below the root, in training and in the test.",
        "running_mean": "The average keeps momentum of what it was, and takes the rest of the "
        "batch.",
        "running_var": "The average keeps momentum of what it was, and takes the rest of the "
        "batch's variance, not of its root.",
        "out": "out: x_hat times gamma, plus beta, by features, in both modes.",
    },
    "layers.batchnorm_backward": _BATCHNORM_BACK,
    "layers.batchnorm_backward_alt": {
        "dgamma": _SUMS["dgamma"],
        "dbeta": _SUMS["dbeta"],
        "dx": "dx: N multiplies dout alone; the two sums are dbeta and dgamma, the second times "
        "x_hat; gamma / (N sigma) multiplies all of it.",
    },
    "layers.layernorm_forward": {
        "mean": "One mean for each example, over its features, with the axis kept.",
        "var": "One variance for each example, over its features.",
        "sigma": "eps below the root.",
        "out": "out: x_hat times gamma, plus beta, by features.",
    },
    "layers.layernorm_backward": _SUMS | {
        "dx": "dx: gamma is inside of both means, which run over the features of one example; "
        "sigma divides all three parts.",
    },
    "layers.dropout_forward": {
        "kept": "One draw for each number, uniform between 0 and 1; p is the share that is kept.",
        "mask": "What is kept is scaled so that the mean stays as it was; what is dropped is 0.",
        "out": "In training x meets the mask; in the test x goes through as it is.",
    },
    "layers.dropout_backward": {
        "dx": "The same entries are multiplied by the same numbers as in the forward pass: the "
        "mask is in the cache. In the test nothing was changed.",
    },
    "conv_layers.conv_forward_naive": _SIZES | _WINDOW | {
        "x_pad": "The frame: zeros on all four sides, pad wide, of rows and columns alone.",
        "window": "The window is cut out of the padded image, with all of its channels.",
        "out": "One number for each image, filter and place: window times filter, added up over "
        "channels, rows and columns, and the filter's bias, once.",
    },
    "conv_layers.conv_backward_naive": _WINDOW | {
        "x_pad": "The frame of the forward pass: zeros on all four sides.",
        "dw": "dw: each window adds what it read, times its dout, to the gradient of its filter.",
        "dx_pad": "dx_pad: each window adds its filter, times its dout, to where it read; windows "
        "that overlap add up.",
        "dx": "dx: each window adds its filter, times its dout, to where it read in the padded "
        "image; then the frame is cut off, which begins at pad and is as large as x.",
        "db": "db: a bias is added to every number that its filter puts out: one sum over images, "
        "rows and columns for each filter.",
    },
    "conv_layers.max_pool_forward_naive": _SIZES | _WINDOW | {
        "window": "The window is cut out of one channel of one image.",
        "out": "One number for each image, channel and place: the largest of its window.",
    },
    "conv_layers.max_pool_backward_naive": _WINDOW | {
        "window": "The windows are those of the forward pass, of one channel of one image.",
        "p": "One place in each window: row and column of its maximum, counted from the window's "
        "corner.",
        "dx": "dx: the maximum's place in the image is that of the window's corner and that in the "
        "window; a pixel that is the maximum of several windows gets the sum.",
    },
    "conv_layers.avg_pool_backward_naive": {
        "dx": "dx: each pixel of a window gets an equal share; shares of several windows add up.",
    },
}  # fmt: skip
