"""Images: grids of them, and figures about a network.

Use it through :mod:`nndl.vis_utils`.
"""
