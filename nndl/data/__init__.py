"""Data sets: the embedded digits, CIFAR-10 from disk or fetched, made-up images, augmentation.

Use it through :mod:`nndl.data_utils`.
"""
