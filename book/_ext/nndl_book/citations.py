"""The bibliography's style: its labels are what the text cites, ``[He et al., 2016]``.

sphinxcontrib-bibtex writes citations by author and year, and numbers the list; so nobody who reads
"[2016]" finds it there. Titles stay as ``references.bib`` has them: o(1/k²) is not O(1/k²).
"""

from pybtex.plugin import register_plugin
from pybtex.style.formatting.plain import Style
from pybtex.style.labels import BaseLabelStyle
from pybtex.style.sorting import BaseSortingStyle
from pybtex.style.template import field, sentence


def label(entry) -> str:
    """Author and year, as a citation in brackets gives them."""
    people = entry.persons["author"]
    names = [" ".join(map(str, [*p.rich_prelast_names, *p.rich_last_names])) for p in people]
    if len(names) > 2:
        names = [f"{names[0]} et al."]
    return f"{' and '.join(names)}, {entry.fields.get('year', 'n.d.')}"


class AuthorYearLabels(BaseLabelStyle):
    """A label for each entry, in their order."""

    def format_labels(self, sorted_entries):
        return map(label, sorted_entries)


class ByLabel(BaseSortingStyle):
    """The order in which a reader looks a label up."""

    def sorting_key(self, entry):
        return label(entry).lower(), entry.fields["title"]


class BookStyle(Style):
    """The plain style with these labels, in their order."""

    default_label_style = "author_year"
    default_sorting_style = "author_year_label"

    def format_title(self, e, which_field, as_sentence=True):
        title = field(which_field)
        return sentence[title] if as_sentence else title


def connect(app) -> None:
    register_plugin("pybtex.style.labels", "author_year", AuthorYearLabels)
    register_plugin("pybtex.style.sorting", "author_year_label", ByLabel)
    register_plugin("pybtex.style.formatting", "author_year", BookStyle)
