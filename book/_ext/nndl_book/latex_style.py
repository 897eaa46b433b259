"""How the book looks in print: fonts, page, headings. TeX alone is meant here, no Sphinx."""

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
\AtBeginEnvironment{sphinxthebibliography}{% its page has a title already
  \renewcommand{\chapter}[2]{}\renewcommand{\addcontentsline}[3]{}}
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
\begin{titlepage}\centering
\includegraphics[width=\textwidth, height=\textheight, keepaspectratio]{cover.pdf}
\end{titlepage}
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
