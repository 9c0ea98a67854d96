// The server's clock: the browser's may be minutes off, and ages would be wrong by them.
let aheadMs = startingOffset();

function startingOffset() {
  const rendered = Number(document.documentElement.dataset.now);
  return rendered ? rendered - Date.now() : 0;
}

export function setServerTime(nowMs) {
  aheadMs = nowMs - Date.now();
}

export const serverNow = () => Date.now() + aheadMs;
