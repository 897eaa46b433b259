"""What readers ask, as they type it, and the place that has to be among the first three."""

QUERIES = {
    # names and topics
    "convolution": "convolution/conv_forward.html",
    "winograd": "speed/winograd.html",
    "im2col": "speed/matrix_multiply.html#im2col-as-a-matrix",
    "Adam": "foundations/optimization.html#adam-both-and-their-start",
    "receptive field": "convolution/conv_forward.html#what-one-output-sees",
    "backpropagation": "foundations/backpropagation.html",
    "keep probability": "glossary.html#term-keep-probability",
    "gradient check": "foundations/gradients.html",
    "max pooling": "convolution/max_pool.html",
    "softmax loss": "foundations/losses.html",
    "vanishing gradients": "foundations/fully_connected.html#vanishing-and-exploding",
    "label smoothing": "networks/training.html#ex-train-smooth",
    "dead relu": "foundations/affine_relu.html#ex-aff-dead",
    # while one types, and with errors
    "convoluton": "convolution/conv_forward.html",
    "backprogation": "foundations/backpropagation.html",
    "dropuot": "foundations/dropout.html",
    "softmx": "foundations/losses.html",
    "batch nor": "foundations/batchnorm.html",
    "paddin": "convolution/conv_forward.html#padding-what-happens-at-the-border",
    # by number
    "equation 8.3": "foundations/fully_connected.html#equation-eq-fc-param",
    "(9.7)": "convolution/conv_forward.html#equation-eq-conv",
    "eq-conv": "convolution/conv_forward.html#equation-eq-conv",
    "Figure 9.1": "convolution/conv_forward.html#fig-window",
    "fig 9.3": "convolution/conv_forward.html#fig-stride-pad",
    "Exercise 9.4": "convolution/conv_forward.html#ex-conv-dilated",
    "chapter 9": "convolution/conv_forward.html",
    # names of the package, whole and in part
    "batchnorm_backward": "api.html#nndl.layers.batchnorm_backward",
    "conv_forward": "api.html#nndl.conv_layers.conv_forward_naive",
    "forward_naive": "api.html#nndl.conv_layers.conv_forward_naive",
    "FullyConnectedNet": "api.html#nndl.fc_net.FullyConnectedNet",
    # other words for the same
    "normalise": "foundations/batchnorm.html",
    "step size": "glossary.html#term-learning-rate",
    "skip connection": "foundations/fully_connected.html#ex-fc-shortcut",
    "deconvolution": "convolution/conv_backward.html#ex-convb-transposed",
    # sources
    "Kingma": "bibliography.html#",
}
