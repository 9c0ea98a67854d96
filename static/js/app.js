// Starts the live layer once; htmx swaps pages below it, the socket stays.
import { startBulk } from "./bulk/dialog.js";
import { showSelection } from "./bulk/selection.js";
import { applyChanges } from "./live/changes.js";
import { Connection } from "./live/connection.js";
import { applyCache, applyCounts } from "./live/figures.js";
import { applyHeartbeats } from "./live/heartbeats.js";
import { holds, startHold } from "./live/hold.js";
import { applyRows } from "./live/rows.js";
import { fitsTasks } from "./live/tasks.js";
import { Refresher } from "./live/refresh.js";
import { applyToActions } from "./live/status.js";
import { isInThePast, markMoment } from "./live/travel.js";
import { describePage } from "./live/watch.js";
import { startActions } from "./parts/actions.js";
import { startChannels } from "./parts/channels.js";
import { drawCharts, updatePulse, updateTraffic } from "./parts/charts.js";
import { startEdit } from "./parts/edit.js";
import { startFilters } from "./parts/filters.js";
import { startKeys } from "./parts/keys.js";
import { startNewest } from "./parts/newest.js";
import { startNews, tellNews } from "./parts/news.js";
import { startPalette } from "./parts/palette.js";
import { startTheme } from "./parts/theme.js";
import { startTimeBar } from "./parts/timebar.js";
import { startTimes, tickTimes } from "./parts/times.js";
import { startVersions } from "./parts/versions.js";
import { startWhy } from "./parts/why.js";

const root = document.documentElement;
const refresher = new Refresher(pageChanged);
const connection = new Connection({
  describe: describePage,
  onFrame: applyFrame,
  onResync: () => isInThePast() || refresher.refresh(),
});

// `isOurs`: made for what the page shows now, and not for what it showed before.
function applyFrame(frame, isOurs) {
  if (isInThePast()) return; // nothing of now belongs on the page
  const applied = applyRows(frame.rows ?? []);
  if (frame.changes) applyChanges(frame.changes);
  if (frame.counts) applyCounts(frame.counts);
  if (frame.cache && !applyCache(frame.cache)) refresher.refresh();
  if (frame.pulse) updatePulse(frame.pulse);
  if (frame.traffic) updateTraffic(frame.traffic);
  if (frame.heartbeats && !applyHeartbeats(frame.heartbeats)) applied.misfit = true;
  if (frame.tasks && !fitsTasks(frame.tasks)) refresher.refresh();
  if (frame.cursor) root.dataset.cursor = frame.cursor;
  const moves = isOurs ? refresher.movesOf(frame.moved) : 0;
  if (moves && tellNews()) return;
  if ((moves || refresher.isNeeded(applied)) && !holds(moves || 1)) refresher.refresh();
  tickTimes();
}

// The page shows something else, or other rows: after navigation, a filter, a re-read.
function pageChanged() {
  markMoment();
  tickTimes();
  drawCharts();
  applyToActions();
  showSelection();
  connection.watch(document.getElementById("main")?.dataset.cursor ?? "");
}

document.addEventListener("htmx:afterSettle", () => {
  const cursor = document.getElementById("main")?.dataset.cursor;
  if (cursor) root.dataset.cursor = cursor;
  pageChanged();
});
// htmx goes where a link led when it saw it first; since then a frame may have led it elsewhere.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.boosted && detail.elt instanceof HTMLAnchorElement) {
    detail.path = detail.elt.getAttribute("href");
  }
});
// What was done here may be seen nowhere in a frame: a released lock has no version.
document.addEventListener("acted", () => refresher.refresh());
document.addEventListener("htmx:historyRestore", () => isInThePast() || refresher.refresh());

startTimes();
startTheme();
startNewest();
startFilters();
startActions();
startChannels();
startEdit();
startKeys();
startPalette();
startBulk();
startNews(() => refresher.refresh());
startTimeBar();
startVersions();
startWhy();
refresher.refreshRegularly();
startHold(() => refresher.refresh());
drawCharts();
connection.cursor = document.getElementById("main")?.dataset.cursor ?? "";
connection.open();
