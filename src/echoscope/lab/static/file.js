// A file of one's own: what is said of it, and how it is sent.

import { send } from "./api.js";
import { choice, html, tell, typed } from "./dom.js";

const HEADS = { "as it looks": "", yes: "true", no: "false" };

// The fields that say which values of a file are meant; `prefix` tells two such forms apart.
export function fileFields(prefix = "") {
  return [
    html("div", { class: "control" }, html("label", { for: `${prefix}file` }, "file (CSV, text, JSON, Parquet or NumPy)"), html("input", { id: `${prefix}file`, type: "file", required: true })),
    typed(`${prefix}column`, "column, by its name or number, where there are several"),
    choice(`${prefix}header`, "whether its first row names the columns", Object.keys(HEADS), "as it looks"),
    typed(`${prefix}bins`, "bins, where there are many numbers", "", "", { inputmode: "numeric" }),
  ];
}

// What the server says of the file that is chosen in such fields, which are all in `place`.
export async function sendFile(place, prefix = "") {
  const field = (name) => place.querySelector(`#${prefix}${name}`);
  const [file] = field("file").files;
  if (!file) throw new Error("choose a file first");
  tell("the file is read and looked at");
  return send(file, { column: field("column").value, bins: field("bins").value, header: HEADS[field("header").value] });
}
