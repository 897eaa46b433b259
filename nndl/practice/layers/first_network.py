"""The network of the course's first assignment: transposed weights, and a training of its own."""

from nndl.practice.exercises import Case, Exercise
from nndl.practice.layers.networks import LINE, LOSS, case
from nndl.practice.longer_plays import network


def first_network() -> list[Case]:
    """Two layers as in the course's first assignment: weights transposed, reg given to loss."""
    turned = {"W1": (5, 4), "b1": (5,), "W2": (3, 5), "b2": (3,)}
    sizes = {"input_size": 4, "hidden_size": 5, "output_size": 3, "std": 0.1}
    small = {"W1": (2, 2), "b1": (2,), "W2": (2, 2), "b2": (2,)}
    tiny = {"input_size": 2, "hidden_size": 2, "output_size": 2, "std": 0.1}
    cases = [
        case("by hand", (1, 2), small, **tiny),
        case("without a penalty", (3, 4), turned, **sizes),
    ]
    for name, loss_with, trained_with in (
        ("with a penalty", {"reg": 0.7}, None),
        ("by hand, a penalty", {"reg": 0.5}, None),
        ("training, one step", {}, {"num_iters": 1}),
        ("training, two epochs, a penalty", {}, {"num_iters": 5, "reg": 0.5}),
        ("training, which batches", {}, {"num_iters": 8, "learning_rate": 0.0, "batch_size": 1}),
    ):
        hand = name.startswith("by hand")
        shapes = ((1, 2), small) if hand else ((4, 4), turned)
        made = case(name, *shapes, **(tiny if hand else sizes))
        arguments = {**made.arguments, "loss with": loss_with}
        if trained_with:
            usual = {"learning_rate": 0.5, "learning_rate_decay": 0.5, "reg": 0.0, "batch_size": 2}
            arguments["trained with"] = {k: trained_with.get(k, v) for k, v in usual.items()}
            arguments["trained with"]["num_iters"] = trained_with["num_iters"]
            if "batches" not in name:  # one example again and again
                arguments["X"] = made.arguments["X"][:1].repeat(4, axis=0)
                arguments["y"] = made.arguments["y"][:1].repeat(4)
        traits = {**made.traits, "reg": loss_with.get("reg", 0.0), "training": bool(trained_with)}
        cases.append(Case(name, arguments, traits))
    return cases


EXERCISES = (
    Exercise(
        name="first_two_layer_net",
        takes="input_size",
        function="neural_net.TwoLayerNet",
        helpers=("layers.softmax_loss", "layers.relu_backward"),
        play=network,
        outputs=("scores", "loss"),
        cases=first_network,
        read="foundations/fully_connected#the-network",
        equations=(
            "scores = relu(X W1^T + b1) W2^T + b2; W1 (H, D) and W2 (C, H) are transposed",
            LOSS,
            "dW1 and dW2 have reg W added, in the shape of W; biases are not in the penalty",
            "a step of train: W = W - learning_rate dW, on a batch drawn anew, with the penalty of"
            " train; after each epoch learning_rate is multiplied by its decay",
        ),
        line=LINE,
    ),
)
