// The page's charts: quality and iterations of a research, and the pulse of the overview.
// uPlot is loaded only by pages that have a chart.
import { axis, color } from "./chart_style.js";
import { applyTraffic, drawTraffic } from "./traffic.js";

let uPlotModule = null;

async function loadUPlot() {
  uPlotModule ??= import("../../vendor/uplot/uPlot.esm.js");
  return (await uPlotModule).default;
}

const drawn = new Map(); // element → { plot, options, data }

export async function drawCharts() {
  for (const element of drawn.keys()) {
    if (!element.isConnected) forget(element);
  }
  await drawTraffic(draw);
  const progress = document.querySelector("[data-progress-chart]");
  if (progress) await draw(progress, progressOptions, progressData());
  const pulse = document.querySelector("[data-pulse]");
  if (pulse && !drawn.has(pulse)) await updatePulse(pulse.dataset.pulse.split(" ").map(Number));
}

export async function updateTraffic(point) {
  if (applyTraffic(point)) await drawTraffic(draw);
}

export async function updatePulse(perSecond) {
  const element = document.querySelector("[data-pulse]");
  if (!element) return;
  const seconds = perSecond.map((_, index) => index - perSecond.length + 1);
  await draw(element, pulseOptions, [seconds, perSecond]);
}

async function draw(element, optionsOf, data) {
  const UPlot = await loadUPlot();
  const known = drawn.get(element);
  if (known) {
    known.data = data;
    known.plot.setData(data);
    return;
  }
  element.replaceChildren();
  element.setAttribute("data-live-own", "");
  const plot = new UPlot({ ...optionsOf(UPlot), ...sizeOf(element) }, data, element);
  drawn.set(element, { plot, optionsOf, data });
  resizes.observe(element);
}

function forget(element) {
  resizes.unobserve(element);
  drawn.get(element).plot.destroy();
  drawn.delete(element);
}

const sizeOf = (element) => ({ width: element.clientWidth, height: element.clientHeight });

const resizes = new ResizeObserver((entries) => {
  for (const { target } of entries) drawn.get(target)?.plot.setSize(sizeOf(target));
});

// Colours are read when a chart is made: another theme makes it anew.
function redraw() {
  for (const [element, { optionsOf, data }] of [...drawn]) {
    forget(element);
    draw(element, optionsOf, data);
  }
}
addEventListener("themechange", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

function progressData() {
  const { times, quality, iteration } = pointsOf("#points");
  const other = pointsOf("#points-other");
  if (!other.times.length) return [times, quality, iteration, times.map(() => null)];
  // Two runs have points at other times: one axis of all of them, with gaps that lines pass over.
  const all = [...new Set([...times, ...other.times])].sort((a, b) => a - b);
  const along = (own, values) => all.map((time) => values[own.lastIndexOf(time)] ?? null);
  return [all, along(times, quality), along(times, iteration), along(other.times, other.quality)];
}

function pointsOf(selector) {
  const rows = [...document.querySelectorAll(`${selector} [data-at]`)];
  const times = rows.map((row) => Date.parse(row.dataset.at) / 1000);
  return {
    times: times.map((time) => time - times[0]),
    quality: rows.map((row) => Number(row.dataset.quality)),
    iteration: rows.map((row) => Number(row.dataset.iteration)),
  };
}

// Seconds on an axis, in the unit their spacing calls for.
function elapsed(_, ticks) {
  const step = ticks[1] - ticks[0];
  const [size, unit] = step < 60 ? [1, "s"] : step < 3600 ? [60, "min"] : [3600, "h"];
  return ticks.map((tick) => `${Number((tick / size).toFixed(2))} ${unit}`);
}

const TIME_STEPS = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 86400];

function progressOptions(UPlot) {
  const stepped = UPlot.paths.stepped({ align: 1 });
  return {
    cursor: { points: { size: 7 }, drag: { x: false, y: false } },
    legend: { show: false },
    padding: [10, 0, 0, 0],
    scales: {
      x: { time: false, range: (_, min, max) => [0, Math.max(0.1, max)] },
      quality: { range: [0, 1] },
      iteration: { range: (_, min, max) => [0, Math.max(4, max + 1)] },
    },
    series: [
      {},
      { scale: "quality", stroke: color("--c-completed"), width: 2, fill: color("--chart-fill"), points: { size: 5 }, spanGaps: true },
      { scale: "iteration", stroke: color("--c-processing"), width: 1.5, paths: stepped, points: { show: false }, spanGaps: true },
      { scale: "quality", stroke: color("--c-unverified"), width: 1.5, dash: [5, 4], points: { show: false }, spanGaps: true },
    ],
    axes: [
      axis({ size: 26, space: 70, incrs: TIME_STEPS, values: elapsed, grid: { show: false } }),
      axis({ scale: "quality", size: 38, space: 36 }),
      axis({ scale: "iteration", side: 1, size: 28, space: 36, grid: { show: false }, incrs: [1, 2, 5, 10, 20, 50, 100] }),
    ],
  };
}

function pulseOptions(UPlot) {
  const bars = UPlot.paths.bars({ size: [0.7] });
  return {
    cursor: { show: false },
    legend: { show: false },
    padding: [8, 14, 0, 0],
    scales: { x: { time: false, range: [-60, 1] }, y: { range: (_, min, max) => [0, Math.max(5, max)] } },
    series: [{}, { stroke: color("--accent"), width: 0, fill: color("--accent"), paths: bars, points: { show: false } }],
    axes: [
      axis({ size: 24, incrs: [20], values: (_, ticks) => ticks.map((tick) => (tick ? `${-tick} s` : "now")), grid: { show: false } }),
      axis({ size: 34, space: 34, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] }),
    ],
  };
}
