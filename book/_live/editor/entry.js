// The editor of cells: what live.js uses of CodeMirror 6, as one classic script.
import { EditorState } from "@codemirror/state";
import { EditorView, drawSelection, highlightActiveLine, highlightSpecialChars, keymap } from "@codemirror/view";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { pythonLanguage } from "@codemirror/lang-python";
import { tagHighlighter, tags as t } from "@lezer/highlight";

// The classes of Pygments, so that the editor has the colors of the page's code in both themes.
const classes = tagHighlighter([
  { tag: t.keyword, class: "k" },
  { tag: t.operatorKeyword, class: "ow" },
  { tag: [t.bool, t.null], class: "kc" },
  { tag: t.number, class: "mi" },
  { tag: [t.string, t.special(t.string), t.character], class: "s2" },
  { tag: t.escape, class: "se" },
  { tag: t.comment, class: "c1" },
  { tag: [t.operator, t.derefOperator], class: "o" },
  { tag: t.punctuation, class: "p" },
  { tag: t.meta, class: "nd" },
  { tag: t.definition(t.function(t.variableName)), class: "nf" },
  { tag: t.definition(t.className), class: "nc" },
  { tag: [t.variableName, t.propertyName], class: "n" },
]);

// Escape, then Tab leaves: CodeMirror's own; so does Control+M (on a Mac, Shift+Option+M).
function create({ parent, text, attributes, changed, run }) {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        keymap.of([{ key: "Shift-Enter", run: () => (run(), true) }]),
        highlightSpecialChars(), history(), drawSelection(), highlightActiveLine(),
        indentUnit.of("    "), EditorState.tabSize.of(4), indentOnInput(), bracketMatching(),
        pythonLanguage, syntaxHighlighting(classes),
        keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
        EditorView.contentAttributes.of(attributes),
        EditorView.updateListener.of((update) => update.docChanged && changed(view.state.doc.toString())),
      ],
    }),
  });
  return {
    focus: () => view.focus(),
    text: () => view.state.doc.toString(),
    replace: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
  };
}

window.nndlEditor = { create };
