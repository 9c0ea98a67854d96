// Puts new lines on top of the activity feed, and drops the oldest.
import { applyCell } from "./cells.js";

// More than this in one frame is a stream: tinting it all would only make the feed flicker.
const TINTED = 3;

// `changes` come oldest first.
export function applyChanges(changes) {
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
