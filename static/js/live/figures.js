// Counts and cache figures: numbers that tick in place.
import { applyCell } from "./cells.js";

export function applyCounts(kinds) {
  for (const [kind, of] of Object.entries(kinds)) {
    write(`${kind}.total`, of.total);
    for (const count of of.counts) {
      const name = `${kind}.${count.status}`;
      write(name, count.text);
      for (const bar of document.querySelectorAll(`[data-share="${name}"]`)) {
        bar.setAttribute("x", count.x);
        bar.setAttribute("width", count.width);
      }
    }
  }
}

function write(name, text) {
  for (const element of document.querySelectorAll(`[data-count="${name}"]`)) {
    if (element.textContent !== text) element.textContent = text;
  }
}

// Returns false when the page shows other instances than there are now.
export function applyCache({ cells, instances }) {
  const panel = document.querySelector("[data-cache]");
  const table = document.getElementById("instances");
  if (!panel || !table) return true;
  applyFigures(panel, cells);
  const shown = table.querySelectorAll("[data-instance]");
  if (shown.length !== instances.length) return false;
  return instances.every((instance) => {
    const row = table.querySelector(`[data-instance="${CSS.escape(instance.id)}"]`);
    if (row) applyFigures(row, instance.cells);
    return Boolean(row);
  });
}

function applyFigures(root, cells) {
  for (const place of root.querySelectorAll("[data-figure]")) {
    const cell = cells[place.dataset.figure];
    if (cell) applyCell(place, cell);
    place.classList.remove("changed"); // these tick every second: a tint would never end
  }
}
