"""What do the methods of ``networks/seeing`` show on photographs?

    NNDL_DATA=folder python -m benchmarks.seeing_cifar10

The last network of ``benchmarks.cifar10`` is trained once more, from the same seed, and asked what
the chapter asks a network of digits: whether a map finds the one of two images that it is asked
about, whether it depends on what was learned, what a small change does along the sign of the
gradient and along random signs, and what a class looks like. The answers are written into
``seeing_cifar10.json``: numbers, and ten images that the network made. No image of the data is in
it.
"""

import base64
import io

import numpy as np

from benchmarks.cifar10 import RECORD, RUNS, trained
from benchmarks.record import write
from benchmarks.side_by_side import rounded

SEEING = RECORD.with_name("seeing_cifar10.json")
RUN = "deep, longer"
PAIRS = 200  # of two images side by side
ASKED = 500  # test images that are moved, and whose maps are compared
MOVES = [0, 0.5, 1, 2, 4, 8]  # gray levels, of 255
DREAM = {"steps": 60, "learning_rate": 2e4, "reg": 1e-5}  # found by looking at the images


def maps(net):
    """The methods, as functions of a network, images and classes."""
    from nndl import seeing
    from nndl.convnet import Residual

    last = max(k for k, layer in enumerate(net.layers) if isinstance(layer, Residual))

    def occlusion(net, X, y):
        return np.maximum(0, seeing.occlusion_map(net, X, y, 8, 8))

    def smoothed(net, X, y):
        return np.abs(seeing.smooth_grad(net, X, y, noise=20, draws=10, seed=0)).max(axis=1)

    def grad_cam(net, X, y):
        return seeing.grad_cam(net, X, y, layer=last)

    return {
        "saliency": seeing.saliency_map,
        "smoothed": smoothed,
        "Grad-CAM": grad_cam,
        "occlusion": occlusion,
    }


def pairs(net, data, count=PAIRS, seed=0):
    """Test images, rightly answered, two side by side and of different classes; both classes."""
    X, y = data["X_test"], data["y_test"]
    rng, right = np.random.default_rng(seed), np.flatnonzero(net.predict(X) == y)
    left, other = rng.choice(right, size=(2, 2 * count))
    differ = np.flatnonzero(y[left] != y[other])[:count]
    left, other = left[differ], other[differ]
    return np.concatenate([X[left], X[other]], axis=3), y[left], y[other]


def shares_found(net, data):
    """By method, the mean share of a map that lies on the image of the class it was asked for."""
    two, left, other = pairs(net, data)
    shares = {}
    for name, method in maps(net).items():
        found = []
        for classes, side in ((left, 0), (other, 1)):
            halves = np.split(method(net, two, classes), 2, axis=2)
            sums = [half.sum(axis=(1, 2)) for half in halves]
            found.append(sums[side] / np.maximum(sums[0] + sums[1], 1e-12))
        shares[name] = rounded(float(np.mean(found)))
    return shares


def rank_correlation(one, two):
    """The mean over the images of the correlation of the pixels' ranks."""
    ranks = [found.reshape(len(found), -1).argsort().argsort() for found in (one, two)]
    return float(np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(*ranks, strict=True)]))


def correlations(net, fresh, X, y):
    """By method, how alike its maps are when the affine layer, or all weights, are random."""
    last = max(int(name[1:]) for name in net.params if name[0] == "W")
    top = {f"W{last}"} | {name for name in net.params if name == f"b{last}"}
    kept, found = dict(net.params), {}
    for name, method in maps(net).items():
        before = method(net, X, y)
        found[name] = []
        for names in (top, set(net.params)):
            net.params.update({key: fresh.params[key] for key in names})
            found[name].append(rounded(rank_correlation(before, method(net, X, y))))
            net.params.update(kept)
    return found


def accuracies(net, X, y):
    """Accuracy after a move of each pixel, along the gradient's sign and along random signs."""
    from nndl import seeing
    from nndl.layers import softmax_loss

    scores, backward = seeing.vjp(net, X)
    signs = {"gradient": np.sign(backward(softmax_loss(scores, y)[1]))}
    signs["random"] = np.random.default_rng(0).choice([-1, 1], size=X.shape)
    return {
        name: [rounded(float(net.evaluate(X + t * sign, y)[1])) for t in MOVES]
        for name, sign in signs.items()
    }


def class_images(net, mean):
    """What each class looks like to the network, as PNG side by side, and how sure it is."""
    from matplotlib.image import imsave

    from nndl import seeing

    made = seeing.class_visualization(net, np.arange(10), **DREAM)
    sure = [rounded(float(p)) for p in np.diag(net.probabilities(made))]
    strip = np.concatenate(np.clip((made + mean) / 255, 0, 1).transpose(0, 2, 3, 1), axis=1)
    file = io.BytesIO()
    imsave(file, strip.astype(np.float64), format="png", metadata={"Software": None})
    return {"png": base64.b64encode(file.getvalue()).decode(), "probabilities": sure}


def main():
    from benchmarks.cifar10 import network
    from nndl.data_utils import get_CIFAR10_data

    data = get_CIFAR10_data(num_test=5000, verbose=False)
    net = trained(RUNS[RUN], data).model
    X, y = data["X_test"][:ASKED], data["y_test"][:ASKED]
    results = {
        "images": data["provenance"],
        "run": RUN,
        "test": rounded(float(net.evaluate(data["X_test"], data["y_test"])[1])),
        "shares found": shares_found(net, data),
        "correlations": correlations(net, network(RUNS[RUN], seed=5), X[:100], y[:100]),
        "moves": MOVES,
        "accuracies": accuracies(net, X, y),
        "classes": [str(name) for name in data["classes"]],
        "class images": class_images(net, data["mean_image"]),
    }
    write(SEEING, results)
    print(f"written: nndl/data/{SEEING.name}")


if __name__ == "__main__":
    main()
