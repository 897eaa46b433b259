// Laid out as lines on a phone, a table is none to some screen readers. So its parts say what they
// are; in the page itself, HTML has no role for them but their own.
addEventListener("DOMContentLoaded", () => {
  const roles = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TH: "columnheader", TD: "cell" };
  const tables = "table:is(.stacked, .verified)";
  for (const part of document.querySelectorAll(`${tables}, ${tables} :is(thead, tbody, tr, th, td)`)) part.setAttribute("role", roles[part.tagName]);
});
