"""Images of images, of a training run, and of what a network gets wrong.

Every function that draws returns a Matplotlib figure, and its description for those who do not see
it is in ``fig.alt``: made from the data, with the numbers that the figure is about.
"""

from nndl.vis.answers import confusion_counts, confusion_matrix, misclassified
from nndl.vis.curves import training_curves
from nndl.vis.grid import vis_grid, vis_nn, visualize_grid

__all__ = [
    "confusion_counts",
    "confusion_matrix",
    "misclassified",
    "training_curves",
    "vis_grid",
    "vis_nn",
    "visualize_grid",
]
