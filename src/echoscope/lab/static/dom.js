// Elements from their names, attributes and children: HTML and SVG.

const SVG = "http://www.w3.org/2000/svg";

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else if (name === "checked" || name === "disabled" || name === "hidden") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

export function html(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

export const byId = (name) => document.getElementById(name);

export function show(place, ...children) {
  place.replaceChildren(...children.flat(Infinity).filter((child) => child !== null));
}

export const percent = (share, digits = 2) =>
  share === null || share === undefined ? "-" : `${(100 * share).toFixed(digits)} %`;

export const count = (number) => Number(number).toLocaleString("en");

let quiet = 0;
export function tell(text, bad = false) {
  const place = byId("status");
  place.textContent = text;
  place.classList.toggle("bad", bad);
  clearTimeout(quiet);
  if (text && !bad) quiet = setTimeout(() => tell(""), 6000);
}

// A table that is scrolled where it is too wide. Cells are texts, numbers, elements, or whole <td>s.
export function table(label, heads, rows) {
  const head = (each) => (each instanceof Element ? each : html("th", { scope: "col" }, each));
  const cell = (each) => (each instanceof HTMLTableCellElement ? each : html("td", {}, each));
  return html(
    "div",
    { class: "scroll", tabindex: "0", "aria-label": label },
    html(
      "table",
      {},
      html("thead", {}, html("tr", {}, heads.map(head))),
      html("tbody", {}, rows.map((row) => html("tr", {}, row.map(cell))))
    )
  );
}

// A control with its label, to choose from names.
export function choice(id, says, names, chosen) {
  const options = names.map((name) => html("option", { value: name, selected: name === chosen }, name));
  return html("div", { class: "control" }, html("label", { for: id }, says), html("select", { id }, options));
}

// A control with its label, to type into, with a sentence where it needs one.
export function typed(id, says, value = "", more = "", attributes = {}) {
  const input = html("input", {
    id,
    value,
    maxlength: 200,
    autocomplete: "off",
    "aria-describedby": more ? `${id}-says` : null,
    ...attributes,
  });
  const sentence = more ? html("small", { id: `${id}-says` }, more) : null;
  return html("div", { class: "control" }, html("label", { for: id }, says), input, sentence);
}
