"""What a model is made of besides its code: parameters, running averages, a generator."""

import numpy as np

AVERAGES = ("running_mean", "running_var")


def copied(params):
    """A copy of each array of a dict, in its own memory order."""
    return {name: array.copy(order="K") for name, array in params.items()}


def averages(model):
    """Copies of the running averages of each batch norm, a dict for each.

    Parameters
    ----------
    model : object
        A network; it may have ``bn_params``, a list of dicts.

    Returns
    -------
    list of dict
        Those of ``running_mean`` and ``running_var`` that are there.
    """
    found = getattr(model, "bn_params", [])
    return [{key: np.array(bn[key]) for key in AVERAGES if key in bn} for bn in found]


def put_averages(model, saved):
    """Give the model back what ``averages`` returned."""
    for bn_param, arrays in zip(getattr(model, "bn_params", []), saved, strict=True):
        for key in AVERAGES:
            bn_param.pop(key, None)
        bn_param.update({key: array.copy() for key, array in arrays.items()})


def generator(model):
    """The generator that draws the model's dropout masks, or None."""
    return getattr(model, "dropout_param", {}).get("rng")


def passing(model):
    """What a forward pass in training mode changes: the averages, and the generator's state."""
    rng = generator(model)
    return averages(model), rng and rng.bit_generator.state


def put_passing(model, saved):
    """Give the model back what ``passing`` returned, as if there had been no forward pass."""
    put_averages(model, saved[0])
    put_generator(model, saved[1])


def put_generator(model, state):
    """Give the generator of the model's dropout a state, unless that is None."""
    if state is not None:
        generator(model).bit_generator.state = state


def learned(model):
    """Copies of what training changes for good: the parameters, and the running averages."""
    return copied(model.params), averages(model)


def put_learned(model, saved):
    """Give the model copies of what ``learned`` returned."""
    params, averages = saved
    model.params.update(copied(params))
    put_averages(model, averages)
