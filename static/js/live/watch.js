// What the page shows, in the words of the server's WatchMessage.
const MOST_IDS = 100;

export function describePage() {
  const main = document.getElementById("main");
  const rows = {};
  let count = 0;
  for (const element of document.querySelectorAll("[data-kind][data-id]")) {
    const ids = (rows[element.dataset.kind] ??= []);
    if (ids.includes(element.dataset.id) || (count += 1) > MOST_IDS) continue;
    ids.push(element.dataset.id);
  }
  return {
    kinds: words(main?.dataset.watchKinds),
    rows,
    activity: main?.hasAttribute("data-shows-activity") ?? false,
    topics: words(main?.dataset.topics),
  };
}

const words = (text) => (text ?? "").split(" ").filter(Boolean);
