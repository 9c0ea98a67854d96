// Times tell how long ago they are, and keep telling it; the full time is their title.
const STEPS = [
  [60, 1, "s"],
  [3600, 60, "min"],
  [86400, 3600, "h"],
  [Infinity, 86400, "d"],
];

export function startTimes() {
  tickTimes();
  setInterval(tickTimes, 1000);
}

export function tickTimes() {
  const now = Date.now();
  for (const element of document.querySelectorAll("time[datetime]")) {
    const at = Date.parse(element.dateTime);
    if (Number.isNaN(at)) continue;
    element.dataset.full ??= element.textContent;
    const text = ago(Math.max(0, (now - at) / 1000));
    if (element.textContent !== text) {
      element.textContent = text;
      element.title = `${element.dateTime.slice(0, 19).replace("T", " ")} UTC`;
    }
  }
}

function ago(seconds) {
  if (seconds < 2) return "now";
  const [, unitSeconds, unit] = STEPS.find(([limit]) => seconds < limit);
  return `${Math.floor(seconds / unitSeconds)} ${unit} ago`;
}
