"""How the book looks in print: fonts, page, headings. TeX alone is meant here, no Sphinx."""

from book._ext.nndl_book import how_to_cite

PREAMBLE = r"""
\usepackage{newunicodechar}
\usepackage{unicode-math}
\setmathfont{texgyrepagella-math.otf}
\newunicodechar{★}{{\ttfamily\symbol{"2605}}}
% A long name in a narrow column breaks after an underscore.
\AtBeginDocument{\let\nndlcode\sphinxcode\let\nndlunderscore\_%
  \protected\def\sphinxcode#1{{\protected\def\_{\nndlunderscore\discretionary{}{}{}}\nndlcode{#1}}}}
\AtBeginDocument{\renewcommand{\theequation}{\arabic{equation}}}
\addto\captionsenglish{\renewcommand{\contentsname}{Contents}}
\setcounter{tocdepth}{1}
\titleformat{\part}[display]{\centering\Huge\bfseries}{\Large\mdseries Part \thepart}{1ex}{}
\titleformat{\chapter}[display]{\huge\bfseries\raggedright}%
  {\large\mdseries Chapter \thechapter}{0.5ex}{}
\titleformat{\section}{\Large\bfseries\raggedright}{\thesection}{0.7em}{}
\titleformat{\subsection}{\large\bfseries\raggedright}{}{0em}{}
\titleformat{\subsubsection}{\normalsize\bfseries\raggedright}{}{0em}{}
\titlespacing*{\chapter}{0pt}{0pt}{2.5ex}
\AtBeginEnvironment{sphinxtheindex}{\raggedright}
\makeatletter
% The bibliography's page has a title already, and is begun.
\renewenvironment{sphinxthebibliography}[1]{\let\@mkboth\@gobbletwo
  \renewcommand{\chapter}[2]{}\renewcommand{\addcontentsline}[3]{}\begin{thebibliography}{#1}}%
  {\end{thebibliography}}
% Above, where one is: the chapter and its section.
\fancypagestyle{normal}{\fancyhf{}\renewcommand{\footrulewidth}{0pt}%
  \fancyhead[L]{\py@HeaderFamily\nouppercase{\leftmark}}%
  \fancyhead[R]{\py@HeaderFamily\nouppercase{\rightmark}}%
  \fancyfoot[R]{\py@HeaderFamily\thepage}}
\fancypagestyle{plain}{\fancyhf{}\renewcommand{\headrulewidth}{0pt}\renewcommand{\footrulewidth}{0pt}%
  \fancyfoot[R]{\py@HeaderFamily\thepage}}
% In narrow columns justified lines have holes.
\newcolumntype{\X}[2]{>{\raggedright\arraybackslash}p{\dimexpr
  (\linewidth-\spx@arrayrulewidth)*#1/#2-\tw@\tabcolsep-\spx@arrayrulewidth\relax}}
\newcolumntype{T}{L}
% Most tables have no number, and "Table 3, continued" would be another one's.
\def\nndlcut#1\textendash#2{\ignorespaces}
\protected\def\sphinxtablecontinued#1{\textsf{\@ifnextchar\tablename\nndlcut\relax#1}}
\makeatother
% A large figure shares its page with text; a line is never alone at a page's head or foot.
\renewcommand{\topfraction}{0.9}
\renewcommand{\bottomfraction}{0.8}
\renewcommand{\textfraction}{0.08}
\renewcommand{\floatpagefraction}{0.8}
\widowpenalty=10000
\clubpenalty=10000
\renewcommand{\sphinxliteralblockwithoutcaptionneedspace}{3.5\baselineskip}
% In a box with a frame around it, code has to stay whole, and ran over the foot of the page;
% between two rules it breaks as it does in the text.
\renewenvironment{sphinxnote}[1]%
  {\begin{sphinxlightbox}\sphinxstrong{#1}\par\nobreak}{\end{sphinxlightbox}}
\fvset{fontsize=\fontsize{7.6}{9.6}\selectfont}
\setlength{\emergencystretch}{3em}
\raggedbottom
"""

FONTS = r"""
\setmainfont{texgyrepagella}[Extension=.otf, UprightFont=*-regular, ItalicFont=*-italic,
  BoldFont=*-bold, BoldItalicFont=*-bolditalic]
\setsansfont{texgyreheros}[Extension=.otf, UprightFont=*-regular, ItalicFont=*-italic,
  BoldFont=*-bold, BoldItalicFont=*-bolditalic, Scale=MatchLowercase]
\setmonofont{DejaVuSansMono}[Extension=.ttf, UprightFont=*, ItalicFont=*-Oblique,
  BoldFont=*-Bold, BoldItalicFont=*-BoldOblique, Scale=MatchLowercase]
"""

# The cover is drawn by book/_ext/nndl_book/cover.py.
COVER = r"""
\hypersetup{pageanchor=false}% links to page 1 lead to the first page of the text
\begin{titlepage}\centering
\includegraphics[width=\textwidth, height=\textheight, keepaspectratio]{cover.pdf}
\end{titlepage}
\hypersetup{pageanchor=true}
"""

ELEMENTS = {
    "papersize": "a4paper",
    "pointsize": "10pt",
    "fontpkg": FONTS,
    "fncychap": "",
    "geometry": r"\usepackage[a4paper, hmargin=2.3cm, vmargin=2.4cm]{geometry}",
    "preamble": PREAMBLE,
    "figure_align": "htbp",
    "maketitle": COVER,
    "sphinxsetup": (
        "verbatimwithframe=false, VerbatimColor={rgb}{0.96,0.96,0.96}, TitleColor={rgb}{0,0,0}, "
        "InnerLinkColor={rgb}{0.06,0.36,0.77}, OuterLinkColor={rgb}{0.06,0.36,0.77}"
    ),
    "extraclassoptions": "openany,oneside",
}


def metadata(language: str, citation: dict) -> str:
    """What a list of files, and a program that reads aloud, say of the PDF."""
    fields = {
        "pdftitle": citation["title"],
        "pdfauthor": ", ".join(how_to_cite.authors(citation)),
        "pdfkeywords": ", ".join(citation.get("keywords", ())),
        "pdflang": language or "en",
    }
    said = ", ".join(f"{name}={{{value}}}" for name, value in fields.items() if value)
    return rf"\hypersetup{{{said}, pdfdisplaydoctitle=true}}" + "\n"
