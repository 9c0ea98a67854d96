// Starts the live layer once; htmx swaps pages below it, the socket stays.
import { applyChanges } from "./live/changes.js";
import { Connection } from "./live/connection.js";
import { applyCache, applyCounts } from "./live/figures.js";
import { applyRows } from "./live/rows.js";
import { Refresher } from "./live/refresh.js";
import { describePage } from "./live/watch.js";
import { drawCharts, updatePulse } from "./parts/charts.js";
import { startFilters } from "./parts/filters.js";
import { startTheme } from "./parts/theme.js";
import { startTimes, tickTimes } from "./parts/times.js";

const root = document.documentElement;
const refresher = new Refresher(pageChanged);
const connection = new Connection({
  describe: describePage,
  onFrame: applyFrame,
  onResync: () => refresher.refresh(),
});

function applyFrame(frame) {
  const applied = applyRows(frame.rows ?? []);
  if (frame.changes) applyChanges(frame.changes);
  if (frame.counts) applyCounts(frame.counts);
  if (frame.cache && !applyCache(frame.cache)) refresher.refresh();
  if (frame.pulse) updatePulse(frame.pulse);
  if (frame.cursor) root.dataset.cursor = frame.cursor;
  if (refresher.isNeeded(applied, frame.moved)) refresher.refresh();
  tickTimes();
}

// The page shows something else, or other rows: after navigation, a filter, a re-read.
function pageChanged() {
  tickTimes();
  drawCharts();
  connection.watch();
}

document.addEventListener("htmx:afterSettle", pageChanged);
document.addEventListener("htmx:historyRestore", () => refresher.refresh());

startTimes();
startTheme();
startFilters();
drawCharts();
connection.open();
