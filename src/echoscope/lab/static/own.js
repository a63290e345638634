// Among the controls: a file of one's own, to be learned in the place of random integers.

import { html, show, tell } from "./dom.js";
import { fileFields, sendFile } from "./file.js";

export class OwnData {
  // `use` is told the name by which the server has the file; nothing for random integers.
  constructor(use) {
    this.use = use;
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
    try {
      const result = await sendFile(this.element, "own-");
      this.use(result.data);
      tell("");
    } catch (error) {
      tell(error.message, true);
    }
  }

  tell(name) {
    this.leave.hidden = !name;
    show(this.says, name ? "A file of yours is learned." : "Random integers are learned. A file stays on this machine.");
  }
}
