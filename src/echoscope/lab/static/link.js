// The address holds the screen and all controls: #train?preset=lag&lag=2

export const SCREENS = ["task", "train", "see", "try", "measure", "study"];

export function read() {
  const [screen, query = ""] = location.hash.slice(1).split("?");
  const values = Object.fromEntries(new URLSearchParams(query));
  return { screen: SCREENS.includes(screen) ? screen : "task", values };
}

export function write(screen, values) {
  const query = new URLSearchParams(values).toString();
  const hash = `#${screen}${query ? `?${query}` : ""}`;
  if (hash !== location.hash) history.replaceState(null, "", hash);
  for (const link of document.querySelectorAll("nav a")) {
    link.setAttribute("href", `#${link.dataset.screen}${query ? `?${query}` : ""}`);
  }
}
