// What the page shows, in the words of the server's WatchMessage.
import { isInThePast } from "./travel.js";

const MOST_IDS = 100;

export function describePage() {
  if (isInThePast()) return { kinds: [], rows: {}, activity: false, topics: [] };
  const main = document.getElementById("main");
  const rows = {};
  let count = 0;
  for (const element of document.querySelectorAll("[data-kind][data-id]:not([data-event])")) {
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
