// What the other scripts share, with which it comes in one file (script_bundle.py).
const siteRoot = document.documentElement.dataset.content_root ?? "./";
const all = (selector) => [...document.querySelectorAll(selector)];

function make(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

const loadScript = (name) =>
  (loadScript[name] ??= new Promise((onload, onerror) => {
    document.head.append(make("script", { src: `${siteRoot}_static/${name}.js`, onload, onerror }));
  }));

// A dialog over the page. A click on a link in it, or beside what it shows, closes it, too.
function openSheet(className, ariaLabel, shown, ...links) {
  const line = make("form", { method: "dialog" }, ...links, make("button", { className: "btn" }, "Close"));
  const sheet = make("dialog", { className, ariaLabel, tabIndex: -1 }, line, shown);
  const closing = "a, a *, dialog, form, form + *"; // a link, and what is beside the contents
  sheet.addEventListener("click", ({ target }) => target.matches(closing) && sheet.close());
  sheet.onclose = () => sheet.remove();
  document.querySelector("main").append(sheet);
  sheet.showModal();
  sheet.focus(); // so that its name is read first
}
