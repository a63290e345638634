// "The command for this" and "the Python for this", to be copied.

import { byId, html, show, tell } from "./dom.js";

function block(title, text) {
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    tell(`${title}: copied`);
  };
  return html(
    "div",
    { class: "code" },
    html("h3", {}, title),
    html("button", { type: "button", onclick: copy, "aria-label": `Copy: ${title}` }, "Copy"),
    html("pre", { tabindex: "0", "aria-label": title }, text)
  );
}

export function showCode(command, python) {
  show(byId("code"), block("The command for this", command), block("The Python for this", python));
}
