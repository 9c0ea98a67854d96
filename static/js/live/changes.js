// Puts new lines on top of the activity feed, and drops the oldest.
import { applyCell } from "./cells.js";

// More than this in one frame is a stream: tinting it all would only make the feed flicker.
const TINTED = 3;

// `changes` come oldest first.
export function applyChanges(changes) {
  if (isPaused()) {
    waiting.push(...changes);
    return;
  }
  const feed = document.querySelector("[data-changes]");
  const template = document.getElementById("change-template");
  if (!feed || !template) return;
  const isTinted = changes.length <= TINTED;
  for (const change of changes) {
    if (feed.querySelector(`[data-event="${CSS.escape(change.cursor)}"]`)) continue;
    const line = lineOf(template, change);
    line.classList.toggle("arrived", isTinted);
    feed.prepend(line);
  }
  const limit = Number(feed.dataset.limit);
  while (feed.children.length > limit) feed.lastElementChild.remove();
}

// A paused feed can be read in peace; what came meanwhile is put in when it goes on.
let waiting = [];
const isPaused = () =>
  document.querySelector("[data-pause-feed]")?.getAttribute("aria-pressed") === "true";

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pause-feed]");
  if (!button) return;
  const paused = !isPaused();
  button.setAttribute("aria-pressed", String(paused));
  button.textContent = paused ? "Go on" : "Pause";
  document.querySelector("[data-changes]").toggleAttribute("data-live-own", paused);
  if (!paused) {
    const came = waiting;
    waiting = [];
    applyChanges(came.slice(-Number(document.querySelector("[data-changes]").dataset.limit)));
  }
});

function lineOf(template, change) {
  const line = template.content.firstElementChild.cloneNode(true);
  line.dataset.event = line.dataset.key = change.cursor;
  for (const slot of line.querySelectorAll("[data-slot]")) {
    const cell = change.cells[slot.dataset.slot];
    if (cell) applyCell(slot, cell);
    slot.classList.remove("changed");
  }
  return line;
}
