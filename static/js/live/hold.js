// Rows never move under the pointer: while somebody is in the list, or has selected rows, what
// would move them waits, and is counted.
const LEAVE_MS = 2000;

let held = 0;
let apply = null;
let leaving = 0;

export function startHold(onApply) {
  apply = onApply;
  document.addEventListener("pointerout", (event) => {
    if (held && event.target.closest?.("#list") && !event.relatedTarget?.closest?.("#list")) {
      clearTimeout(leaving);
      leaving = setTimeout(() => isBusy() || release(), LEAVE_MS);
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-apply-changes]")) release();
  });
}

// Whether the list has to stay as it is for now; if so, the changes are counted.
export function holds(changes) {
  if (!isBusy()) {
    forget();
    return false;
  }
  held += changes;
  show();
  return true;
}

// The list was read anew for another reason.
export function forget() {
  held = 0;
  show();
}

function isBusy() {
  const list = document.getElementById("list");
  if (!list) return false;
  return list.matches(":hover") || list.contains(document.activeElement) || hasSelection(list);
}

const hasSelection = (list) => list.querySelector("[data-select]:checked") !== null;

function release() {
  forget();
  apply();
}

function show() {
  const notice = document.getElementById("held");
  if (!notice) return;
  notice.hidden = held === 0;
  const changes = held === 1 ? "1 change" : `${held.toLocaleString("en")} changes`;
  notice.querySelector("[data-text]").textContent = changes;
}
