// Writes a cell of a frame into the element that the server rendered for it.
// Text comes formatted from the server; here is only where each part of a cell goes.

const NONE = "–";

// Returns false when the element has no place for a part: its form changed (a dash became a time).
export function applyCell(element, cell) {
  const text = element.querySelector("[data-text]") ?? element;
  const isTime = text instanceof HTMLTimeElement;
  if (Boolean(cell.at) !== isTime) return false;
  if (isTime) {
    text.dateTime = cell.at;
    text.dataset.full = cell.text ?? "";
    return true;
  }
  const toned = element.querySelector("[data-tone]");
  const level = element.querySelector("[data-level]");
  if (Boolean(cell.tone) !== Boolean(toned)) return false;
  if ((cell.level !== undefined) !== Boolean(level)) return false;
  if (element.matches("td")) element.toggleAttribute("data-none", cell.text === NONE);
  if (text.textContent !== (cell.text ?? "")) {
    text.textContent = cell.text ?? "";
    if (toned) flash(element);
  }
  if (toned) toned.dataset.tone = cell.tone;
  if (level) level.setAttribute("width", (cell.level * 100).toFixed(2));
  if (cell.href && text instanceof HTMLAnchorElement) text.href = cell.href;
  if (cell.title) text.title = cell.title;
  else if (text.hasAttribute("title")) text.removeAttribute("title");
  return true;
}

// A short tint says "this just changed". Only for what has a colour of its own, a status: with
// every number tinted, a busy list would never be calm.
function flash(element) {
  element.classList.remove("changed");
  void element.offsetWidth; // restarts the animation
  element.classList.add("changed");
}
