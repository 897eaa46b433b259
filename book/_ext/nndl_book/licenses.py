"""The licenses of the text and of the code, as pages name them: LICENSE-TEXT and LICENSE."""

TEXT = ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/")
CODE = ("BSD-3-Clause", "https://opensource.org/license/bsd-3-clause")
