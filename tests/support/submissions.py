"""Fifty submissions: right, wrong, broken and hostile, each with what grading has to say of it."""

import json

RIGHT = "import numpy as np\n\n\ndef relu_forward(x):\n    return np.maximum(0, x), x\n"
WRONG = "import numpy as np\n\n\ndef relu_forward(x):\n    return np.abs(x), x\n"
BLANK = 'def relu_forward(x):\n    raise NotImplementedError("relu_forward is not written yet")\n'
BACKWARD = "\n\ndef relu_backward(dout, cache):\n    return dout * (cache >= 0)\n"


def notebook(*cells):
    """A notebook of code cells."""
    codes = [
        {"cell_type": "code", "source": c, "metadata": {}, "outputs": [], "execution_count": None}
        for c in cells
    ]
    return json.dumps({"cells": codes, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def inside(*lines):
    """A right function that does something else before it returns."""
    return RIGHT.replace("    return", "".join(f"    {line}\n" for line in lines) + "    return")


def first(*lines):
    """A module that does something else before it defines the function."""
    return "\n".join(lines) + "\n" + RIGHT


GOOD = {
    "ana.py": (RIGHT, "checked", "right"),
    "bo": ({"layers.py": RIGHT + BACKWARD}, "checked", "right"),
    "cy.ipynb": (
        notebook("%matplotlib inline\nif 0:\n    %pip install x\nelse:\n    import numpy as np",
                 "%%bash\nf(", "!ls", "half = ('%d'\n  % 2)\nint(half)\n" + RIGHT),
        "checked", "right",
    ),
    "dee": ({"src/a.py": "import numpy as np\n", "src/b.py": RIGHT}, "checked", "right"),
    "Zoë 漢字 😀.py": (RIGHT, "checked", "right"),
    "=1+1.py": (RIGHT, "checked", "right"),
    "a|b`c.py": (RIGHT, "checked", "right"),
    "n" * 252 + ".py": (RIGHT, "checked", "right"),
    "helper": (
        {"tools.py": "import numpy as np\ndef top(x):\n    return np.maximum(x, 0)\n",
         "work.py": "from tools import top\ndef relu_forward(x):\n    return top(x), x\n"},
        "checked", "right",
    ),
    "trains.ipynb": (notebook(RIGHT, "while True:\n    pass", "x = 1"), "checked", "right"),
    "late.py": (RIGHT + "\n\n1 / 0\n", "problems", "right"),
    "half.ipynb": (notebook("def f(:", RIGHT), "problems", "right"),
    "reads_own": (
        {"data.txt": "0", "m.py": first("zero = open('data.txt').read()")}, "checked", "right",
    ),
    "writes_own.py": (first("open('mine.txt', 'w').write('x' * 100)"), "checked", "right"),
    "wrong.py": (WRONG, "checked", "wrong"),
    "blank.py": (BLANK, "checked", "unfinished"),
    "blank.ipynb": (notebook(BLANK), "checked", "unfinished"),
    "only_imported.py": ("from nndl.layers import relu_forward\n", "checked", "missing"),
}  # fmt: skip
BROKEN = {
    "syntax.py": ("def relu_forward(x:\n", "problems", "missing"),
    "import.py": ("import no_such_module\n" + RIGHT, "problems", "right"),
    "other.py": ("def another():\n    pass\n", "checked", "missing"),
    "empty": ({"notes.txt": "nothing"}, "problems", "missing"),
    "cut.ipynb": ('{"cells": [', "problems", "missing"),
    "nocells.ipynb": ("[]", "problems", "missing"),
    "bytes.py": (b"\xff\xfe\x00\x01", "problems", "missing"),
    "number.py": ("relu_forward = 3\n", "checked", "missing"),
    "arguments.py": ("def relu_forward():\n    pass\n", "checked", "wrong"),
    "none.py": ("def relu_forward(x):\n    pass\n", "checked", "unfinished"),
    "exits.py": (first("import sys", "sys.exit()"), "problems", "right"),
}
HOSTILE = {
    "exit_at_once.py": (first("import os", "os._exit(0)"), "stopped", "missing"),
    "exit_inside.py": (inside("import os", "os._exit(0)") + BACKWARD, "stopped", "stopped"),
    "exit_raised.py": (inside("raise SystemExit(0)"), "checked", "wrong"),
    "crash.py": (inside("import ctypes", "ctypes.string_at(0)"), "stopped", "stopped"),
    "loop.py": (inside("while True:", "    pass"), "checked", "wrong"),
    "loop_at_once.py": (first("while True:", "    pass"), "problems", "right"),
    "loop_ignores.py": (
        inside("import signal", "signal.signal(signal.SIGALRM, signal.SIG_IGN)",
               "while True: pass"), "stopped", "stopped",
    ),
    "recursion.py": (inside("relu_forward(x)"), "checked", "wrong"),
    "memory.py": (inside("bytearray(1 << 36)"), "checked", "wrong"),
    "prints.py": (inside("for k in range(20_000): print('x' * 99)"), "checked", "right"),
    "prints_below.py": (
        first("import os", "for k in range(20_000): os.write(1, b'x' * 99)"), "checked", "right",
    ),
    "floods.py": (
        first("import os", "for k in range(3, 128):", "    try:",
              "        while True: os.write(k, b'{}\\n' * 9999)", "    except OSError: pass"),
        "stopped", "missing",
    ),
    "forges.py": (
        WRONG + "\n\nimport os\nfor k in range(3, 128):\n    try:\n        os.write(k, "
        'b\'{"token": "", "kind": "seen", "exercise": "relu_forward"}\\n\')\n'
        "    except OSError: pass\n", "checked", "wrong",
    ),
    "forges_infinity.py": (
        WRONG + "\n\nimport sys\nframe = sys._getframe()\nwhile 'send' not in frame.f_locals:\n"
        "    frame = frame.f_back\nsend, none = frame.f_locals['send'], dict(values={}, "
        "structure='', changed=[], again=True, random=False, printed='')\n"
        "none['raised'] = dict(kind='', message='', line='', number=1e999, where='it')\n"
        "send('loaded', problems=[], names=['relu_forward'])\n"
        "send('seen', exercise='relu_forward', own=False, rows=[none] * 99)\n",
        "checked", "stopped",
    ),
    "deep": ({"a/" * 40 + "m.py": RIGHT}, "stopped", "missing"),
    "patches.py": (
        WRONG + "\n\nfrom nndl.practice import comparing, results, checking\n"
        "comparing.close = comparing.off = lambda *a: True\n"
        "comparing.compared = lambda *a: []\ncomparing.difference = lambda *a: ''\n"
        "results.Result.ok = results.Result.verdict = 'right'\n"
        "np.abs.__class__\nnp.allclose = np.array_equal = lambda *a, **k: True\n",
        "checked", "wrong",
    ),
    "many_files.py": (
        first("import signal, sys", "sys.settrace(None); sys._getframe().f_trace = None",
              "hasattr(signal, 'SIGALRM') and signal.signal(signal.SIGALRM, signal.SIG_IGN)",
              "for k in range(3000): open(f'f{k}', 'w').close()", "while True: pass"),
        "stopped", "missing",
    ),
    "removes_own.py": (first("import shutil", "shutil.rmtree('.', True)"), "checked", "right"),
    "sleeps.py": (inside("import time", "time.sleep(60)"), "checked", "wrong"),
}  # fmt: skip
# Each of these tries something, and works on if it is refused: then "right". {outside} is a folder.
REFUSED = {
    "network.py": "import socket; socket.socket()",
    "process.py": "import subprocess; subprocess.run(['true'])",
    "forks.py": "import os\n    while True: os.fork()",
    "kills.py": "import os; os.kill(os.getppid(), 9)",
    "writes.py": "open({outside!r} + '/kept.txt', 'w').write('gone')",
}
# And past Python, where the kernel has to refuse: a call of the C library, with what it may give.
BELOW = {
    "c_network": "socket(2, 1, 0)",
    "c_forks": "fork()",
    "c_kills": "kill(os.getppid(), 9)",
    "c_writes": "open(os.fsencode({outside!r} + '/kept.txt'), 1)",
    "c_reads": "open(os.fsencode({outside!r} + '/kept.txt'), 0)",
    "c_removes": "unlink(os.fsencode({outside!r} + '/kept.txt'))",
    "c_shares": "shmget(0, 4096, 0o1600)",
    "c_memory": "memfd_create(b'memory', 0)",
    "c_slows": "sched_setscheduler(os.getppid(), 5, b'\\0\\0\\0\\0')",
    "c_modes": "chmod(os.fsencode({outside!r} + '/kept.txt'), 0)",
}


def attempt(what, error="PermissionError"):
    """A right function if ``what`` is refused when the module runs, and none if it is not."""
    return f"try:\n    {what}\nexcept {error}:\n" + "".join(
        f"    {line}\n" if line else "\n" for line in RIGHT.split("\n")
    )


def below(what):
    """The same for a call of the C library."""
    return f"import ctypes, os\nlibc = ctypes.CDLL(None)\nif libc.{what} == -1:\n" + "".join(
        f"    {line}\n" if line else "\n" for line in RIGHT.split("\n")
    )


def write(folder, submissions):
    """Put them into a folder."""
    for name, content in submissions.items():
        files = content if isinstance(content, dict) else {None: content}
        for inner, text in files.items():
            path = folder / name / inner if inner else folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
