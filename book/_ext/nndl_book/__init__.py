"""What the book adds to Sphinx: one extension, ``book._ext.nndl_book``, of a module a purpose.

- ``check_page`` collects the checks of all chapters, whose lines ``check_lines`` reads, and
  ``check_filter`` chooses among them, by the layers that ``check_layers`` finds, with the form and
  script of ``filter_form``;
- ``chapter_head`` says how long a chapter takes and what it needs, by ``chapter_numbers``;
- ``benchmark_page`` shows the record of the benchmarks: ``benchmark_tables``, ``benchmark_plots``,
  and ``benchmark_numbers`` for its sentences;
- ``repository_links``, ``chapter_links``, ``numbered_links``, ``equation_links``, ``citations``
  and ``glossary_links`` lead readers on; ``code_lines`` leads from equations to code and back;
- ``folds`` is what a page shows at a click: ``check_folds``, ``folded_code``, ``exercise_folds``
  and ``docstring_folds``;
- ``mistake_boxes`` shows what people get wrong, by ``mistake_diffs`` and ``mistake_text``;
- ``gallery_page`` lists them all, with what ``gallery_harms`` and ``gallery_course`` measure,
  ``gallery_store`` keeps and ``gallery_filter`` chooses;
- ``boxes`` are headings of what is no section;
- ``output_lines``, ``stacked_tables``, ``enlarged_figures`` and ``math_punctuation`` see to narrow
  screens;
- ``summary_lists`` makes a summary's lines a list;
- ``timed_cells`` says where a chapter's times come from;
- ``notebook_export`` makes a chapter a notebook that stands alone, of ``notebook_cells`` in
  ``notebook_markdown`` below ``notebook_start``; ``notebook_downloads`` offers it;
- ``live_cells`` lets a page's cells run in it, with the files of ``live_files`` and ``live_names``,
  in the room that ``live_bars`` leaves;
- ``workbook_files`` offers the same with functions to write, which ``book/_workbook`` cuts, and
  ``workbook_tables`` lists them;
- ``practice_pages`` has the same functions to write in the page, in the room of ``practice_room``;
  ``practice_links`` leads there;
- ``title_picture`` is drawn when the site is built;
- ``figure_twins`` shows figures on light and dark pages: ``figure_svg``, ``figure_colors``;
- ``explorers`` are figures that one can touch;
- ``formulas`` typesets them, by ``typesetting``, with the rules and fonts of ``formula_styles``;
  ``symbols`` says what their letters mean, which ``symbol_letters`` tells apart;
- ``script_bundle`` makes one of the book's scripts;
- ``last_words`` change the HTML of whole pages: ``scripts``, ``icons``, ``images``,
  ``first_figure``, ``plain_tokens``, ``later_sections`` and ``style_bundle``, which gives pages the
  ``system_theme``;
- ``html_fixes`` and ``print_style`` see to files and markup;
- ``fold_names`` and ``control_names`` name what one can press;
- ``page_head``, with ``descriptions`` and ``social_cards``, tells other programs of a page, and
  ``page_foot``, with ``history``, ``reports`` and ``how_to_cite``, its readers;
- ``book_contents``, ``changes_page``, ``feed``, ``missing_page`` and ``site_files`` are what a
  published book has beside its chapters;
- ``search_index`` lets readers search: ``search_records``, ``search_text`` and ``search_words``;
- ``previews`` shows in place what a reference leads to;
- ``static_forms`` is what PDF and EPUB show instead; ``latex_book``, ``latex_tables``,
  ``latex_style`` and ``svg_to_pdf`` make the one, ``epub_book`` and ``mathml`` the other, ``cover``
  is on both, and ``book_files`` offers them for download.
"""

from book._ext.nndl_book import (
    benchmark_page,
    book_contents,
    book_files,
    boxes,
    changes_page,
    chapter_head,
    chapter_links,
    check_folds,
    check_page,
    citations,
    code_lines,
    control_names,
    docstring_folds,
    enlarged_figures,
    epub_book,
    equation_links,
    exercise_folds,
    explorers,
    feed,
    figure_twins,
    first_figure,
    fold_names,
    folded_code,
    folds,
    formulas,
    gallery_page,
    glossary_links,
    history,
    how_to_cite,
    html_fixes,
    icons,
    images,
    later_sections,
    latex_book,
    live_cells,
    live_files,
    math_punctuation,
    mathml,
    missing_page,
    mistake_boxes,
    notebook_downloads,
    notebook_export,
    numbered_links,
    output_lines,
    page_foot,
    page_head,
    plain_tokens,
    practice_links,
    practice_pages,
    practice_room,
    previews,
    print_style,
    repository_links,
    script_bundle,
    scripts,
    search_index,
    site_files,
    stacked_tables,
    static_forms,
    style_bundle,
    summary_lists,
    svg_to_pdf,
    symbols,
    timed_cells,
    title_picture,
    workbook_files,
    workbook_tables,
)

PARTS = (
    repository_links,
    chapter_head,
    chapter_links,
    numbered_links,
    citations,
    equation_links,
    code_lines,
    glossary_links,
    formulas,
    symbols,
    benchmark_page,
    html_fixes,
    print_style,
    timed_cells,
    title_picture,
    explorers,
    figure_twins,
    check_page,
    folds,
    boxes,
    check_folds,
    folded_code,
    exercise_folds,
    docstring_folds,
    mistake_boxes,
    gallery_page,
    summary_lists,
    fold_names,
    control_names,
    history,
    how_to_cite,
    book_contents,
    changes_page,
    page_head,
    page_foot,
    feed,
    missing_page,
    site_files,
    search_index,
    previews,
    notebook_export,
    notebook_downloads,
    live_cells,
    live_files,
    workbook_files,
    workbook_tables,
    practice_links,
    practice_pages,
    practice_room,
    output_lines,
    enlarged_figures,
    math_punctuation,
    static_forms,
    latex_book,
    svg_to_pdf,
    epub_book,
    mathml,
    book_files,
    stacked_tables,
    script_bundle,
    scripts,
    icons,
    images,
    first_figure,
    plain_tokens,
    later_sections,
    style_bundle,
)


def setup(app) -> dict:
    """Connect every part with Sphinx, in this order."""
    for part in PARTS:
        part.connect(app)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
