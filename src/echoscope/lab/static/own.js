// Among the controls: a file of one's own, to be learned in the place of random integers.

import { html, show, tell } from "./dom.js";
import { fileFields, sendFile } from "./file.js";

export class OwnData {
  // `use` is told the name by which the server has the file; nothing for random integers.
  constructor(use) {
    this.newest = 0;
    this.use = (name) => {
      this.newest += 1; // an answer that is still to come is of no use any more
      use(name);
    };
    this.says = html("p", { id: "own-says" });
    this.leave = html("button", { type: "button", id: "own-leave", onclick: () => this.use("") }, "Random integers again");
    // It stays the same element: a page cannot choose a file again for a person.
    this.element = html(
      "details",
      { id: "part-data" },
      html("summary", {}, "Your own data"),
      this.says,
      fileFields("own-"),
      html("p", { class: "buttons" }, html("button", { type: "button", id: "own-use", onclick: () => this.send() }, "Learn this file"), this.leave)
    );
  }

  async send() {
    const number = ++this.newest;
    try {
      const result = await sendFile(this.element, "own-");
      if (number !== this.newest) return;
      this.use(result.data);
      tell("");
    } catch (error) {
      if (number === this.newest) tell(error.message, true);
    }
  }

  tell(name, source = "") {
    this.leave.hidden = !name;
    show(this.says, name ? `A file of yours is learned${source && `: ${source}`}.` : "Random integers are learned. A file stays on this machine.");
  }
}
