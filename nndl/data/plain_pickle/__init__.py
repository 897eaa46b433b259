"""Reads pickles of plain data without unpickling: one state machine, in three modules.

``opcodes`` cuts the bytes into instructions, ``machine`` follows them, and ``arrays`` makes what
they say of NumPy's arrays. Only :func:`unpickle` is used from elsewhere.
"""

from nndl.data.plain_pickle.machine import MAX_PICKLE_BYTES, unpickle

__all__ = ["MAX_PICKLE_BYTES", "unpickle"]
