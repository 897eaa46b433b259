// Laid out as lines on a phone, a table is none to some screen readers. So its parts say what they
// are; in the page itself, HTML has no role for them but their own.
const TABLES = "table:is(.stacked, .verified)";
const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TH: "columnheader", TD: "cell" };
for (const part of all(`${TABLES}, ${TABLES} *`)) part.role = ROLES[part.tagName] ?? part.role;
