// Times tell how long ago they are by the server's clock, and keep telling it while the page is
// live; the full time is their title.
import { serverNow } from "../live/clock.js";
import { isLive } from "../live/status.js";
import { shownMoment } from "../live/travel.js";

const STEPS = [
  [60, 1, "s"],
  [3600, 60, "min"],
  [86400, 3600, "h"],
  [Infinity, 86400, "d"],
];

export function startTimes() {
  tickTimes();
  setInterval(() => isLive() && tickTimes(), 1000);
}

export function tickTimes() {
  const now = shownMoment() ?? serverNow();
  for (const element of document.querySelectorAll("time[datetime]:not([data-absolute])")) {
    const at = Date.parse(element.dateTime);
    if (Number.isNaN(at)) continue;
    element.dataset.full ??= element.textContent;
    const text = says(element, (now - at) / 1000);
    if (element.textContent !== text) {
      element.textContent = text;
      element.title = `${element.dateTime.slice(0, 19).replace("T", " ")} UTC`;
    }
  }
}

// A lease says how long it lasts: its time is ahead.
function says(element, seconds) {
  if (seconds < -1 && element.hasAttribute("data-ahead")) return `in ${span(-seconds)}`;
  return seconds < 2 ? "now" : `${span(seconds)} ago`;
}

function span(seconds) {
  const [, unitSeconds, unit] = STEPS.find(([limit]) => seconds < limit);
  return `${Math.floor(seconds / unitSeconds)} ${unit}`;
}
