"""Words that mean the same to a reader who searches: the field's variants, and British spelling.

Each line is of one meaning. What has one of the words is found by the others, too. What differs by
a letter or two (normalise, modelling) is found without.
"""

import re

SAME = """
batch norm = batchnorm = batch normalization
layer norm = layernorm = layer normalization
group norm = groupnorm = group normalization
instance norm = instance normalization
learning rate = step size
keep probability = keep rate
skip connection = shortcut = residual
cross-entropy = cross entropy = log loss
softmax = logistic regression
hinge = svm
max pool = maxpool = max pooling
average pool = avg pool = avgpool = average pooling = mean pooling
minibatch = mini-batch
weight decay = l2 regularization
gradient check = gradcheck = gradient checking
backprop = backpropagation = reverse mode
autodiff = automatic differentiation = autograd
relu = rectifier
sgd = stochastic gradient descent
gemm = matrix multiplication = matrix multiply = matmul
he initialization = kaiming initialization
xavier = glorot
transposed convolution = deconvolution
dilated = atrous
depthwise = separable
cnn = convnet = convolutional network
resnet = residual network
saliency = saliency map
filter = kernel
zero padding = pad
numerical gradient = finite difference = centered difference
color = colour
gray = grey
center = centre
neighbor = neighbour
behavior = behaviour
"""
WORDS = [line.split(" = ") for line in SAME.strip().splitlines()]
PATTERNS = [re.compile(rf"(?i)(?<![\w-])(?:{'|'.join(same)})s?(?![\w-])") for same in WORDS]


def others(text: str) -> set[str]:
    """What else a text could have said: the words that mean the same as some of its own."""
    said = text.lower()
    return {
        word
        for same, pattern in zip(WORDS, PATTERNS, strict=True)
        if pattern.search(text)
        for word in same
        if word not in said
    }
