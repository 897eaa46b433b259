"""The workbook: the chapters as notebooks with functions to write, cut from the same sources.

- ``plan`` says what each chapter asks for, by ``plan.toml``;
- ``blanks`` takes the bodies out of a cell;
- ``reader`` sees to it that later cells use what the reader wrote;
- ``cutting`` makes a workbook notebook of a notebook that stands alone, and ``wording`` says what
  it is;
- ``assignments`` puts the solutions back, marked, for nbgrader; ``course`` is the folder around;
- ``copying``, ``python -m book._workbook.copying``, is behind ``make workbook``.

The site (``book/_ext/nndl_book/workbook_*``) offers what is cut here.
"""
