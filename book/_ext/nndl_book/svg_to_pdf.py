"""Drawings for LaTeX, which takes PDF and no SVG: rsvg-convert makes one of the other."""

import shutil
import subprocess

from sphinx.transforms.post_transforms.images import ImageConverter

PROGRAM = "rsvg-convert"


class SvgToPdf(ImageConverter):
    """Convert with librsvg, which Linux, macOS and Windows have as a package."""

    conversion_rules = [("image/svg+xml", "application/pdf")]  # noqa: RUF012, as Sphinx has it

    def is_available(self) -> bool:
        return shutil.which(PROGRAM) is not None

    def convert(self, _from: str, _to: str) -> bool:
        command = [PROGRAM, "--format", "pdf", "--output", str(_to), str(_from)]
        subprocess.run(command, check=True)
        return True


def connect(app) -> None:
    app.add_post_transform(SvgToPdf)
    app.config.nb_mime_priority_overrides = [("latex", "image/svg+xml", 5)]
