// Loads the page anew, but not again and again: what a reload did not mend, the next one will not.
const KEY = "lightning.reloadedAt";
const PAUSE_MS = 60000;

// False when the page was loaded anew by this a moment ago, or cannot remember that.
export function reloadOnce() {
  try {
    if (Date.now() - Number(sessionStorage.getItem(KEY)) < PAUSE_MS) return false;
    sessionStorage.setItem(KEY, Date.now());
  } catch {
    return false;
  }
  location.reload();
  return true;
}
