// The traffic charts of the overview: drawn from the table of numbers below them, whose first row
// is the last minute and follows the frames.
import { axis, color } from "./chart_style.js";

const COLOURS = {
  operations: "--c-processing",
  changes: "--c-completed",
  errors: "--c-failed",
  p50: "--c-completed",
  p95: "--c-processing",
  p99: "--c-unverified",
  hitRate: "--c-completed",
};

export async function drawTraffic(draw) {
  const charts = document.querySelectorAll("[data-traffic]");
  if (!charts.length) return;
  const rows = [...document.querySelectorAll("#traffic-points tr")].reverse(); // oldest first
  const times = rows.map((row) => Date.parse(row.dataset.at) / 1000);
  for (const chart of charts) {
    const names = chart.dataset.series.trim().split(" ");
    const values = names.map((name) => rows.map((row) => valueOf(row, name)));
    await draw(chart, (UPlot) => optionsOf(UPlot, chart.dataset.traffic, names), [times, ...values]);
  }
}

// Returns false when the page has no charts of traffic.
export function applyTraffic(point) {
  const row = document.querySelector("[data-now-row]");
  if (!row) return false;
  row.dataset.at = point.at;
  for (const [name, text] of Object.entries(point.texts)) {
    const cell = row.querySelector(`[data-of="${name}"]`);
    cell.textContent = text;
    cell.dataset.value = point.values[name] ?? "";
    const shown = document.querySelector(`[data-traffic-now="${name}"]`);
    if (shown) shown.textContent = text;
  }
  return true;
}

function valueOf(row, name) {
  const { value } = row.querySelector(`[data-of="${name}"]`).dataset;
  return value === "" ? null : Number(value);
}

function optionsOf(UPlot, chart, names) {
  const isShare = chart === "hits";
  const range = isShare ? [0, 1] : (_, min, max) => [0, Math.max(1, (max ?? 0) * 1.1)];
  return {
    cursor: { points: { size: 6 }, drag: { x: false, y: false } },
    legend: { show: false },
    padding: [8, 18, 0, 0],
    scales: { y: { range } },
    series: [{}, ...names.map((name, index) => seriesOf(name, index === 0))],
    axes: [
      axis({ size: 24, space: 64, values: clocks, grid: { show: false } }),
      axis({ size: 42, space: 30, values: isShare ? percents : numbers }),
    ],
  };
}

function seriesOf(name, isFirst) {
  const fill = isFirst ? color("--chart-fill") : undefined;
  const points = { show: true, size: 4, filter: alone };
  return { stroke: color(COLOURS[name]), width: 1.5, fill, points };
}

// A value between two silences is no line: it is drawn as a point.
function alone(plot, index) {
  const values = plot.data[index];
  const isKnown = (at) => values[at] !== null && values[at] !== undefined;
  return values.flatMap((_, at) => (isKnown(at) && !isKnown(at - 1) && !isKnown(at + 1) ? [at] : []));
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const clocks = (_, ticks) => ticks.map((tick) => clock.format(tick * 1000));
const percents = (_, ticks) => ticks.map((tick) => `${Math.round(tick * 100)}%`);
const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
const numbers = (_, ticks) => ticks.map((tick) => short.format(tick));
