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

// Of a recipe, and of none nothing.
export function showCode(recipe) {
  if (!recipe) return show(byId("code"));
  show(byId("code"), block("The command for this", recipe.command), block("The Python for this", recipe.python));
}
