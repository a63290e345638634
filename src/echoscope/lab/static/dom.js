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
