// Applies the rows of a frame to the page; never an older version over a newer one.
import { applyCell } from "./cells.js";

// Returns what happened: whether any row was newer than the page, and whether one did not fit.
export function applyRows(rows) {
  const applied = { newer: false, misfit: false };
  for (const row of rows) {
    for (const element of elementsOf(row)) {
      if (row.version <= Number(element.dataset.version)) continue;
      applied.newer = true;
      if (!applyRow(element, row)) applied.misfit = true;
    }
  }
  return applied;
}

function elementsOf({ kind, id }) {
  const state = `[data-kind="${kind}"][data-id="${CSS.escape(id)}"]`;
  return document.querySelectorAll(`${state}:not([data-event])`); // an event is of its own version
}

function applyRow(element, row) {
  element.dataset.version = row.version;
  if (row.deleted) {
    element.setAttribute("data-deleted", "");
    return true;
  }
  element.removeAttribute("data-deleted");
  let fits = true;
  for (const [field, cell] of Object.entries(row.cells)) {
    for (const place of element.querySelectorAll(`[data-field="${field}"]`)) {
      if (!applyCell(place, cell)) fits = false;
    }
  }
  return fits;
}
