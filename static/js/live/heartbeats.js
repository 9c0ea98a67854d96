// Puts the last heartbeats of agents into their rows: no version of a state tells of them.
import { applyCell } from "./cells.js";

// Returns false when a row has no place for a time yet (a dash that becomes one).
export function applyHeartbeats(beats) {
  let fits = true;
  for (const [id, at] of Object.entries(beats)) {
    const rows = document.querySelectorAll(`[data-kind="agent"][data-id="${CSS.escape(id)}"]`);
    for (const row of rows) {
      for (const place of row.querySelectorAll('[data-field="lastSeen"]')) {
        if (!applyCell(place, { text: at.slice(0, 19).replace("T", " "), at })) fits = false;
      }
    }
  }
  return fits;
}
