// How a chart looks: its colours and axes, in the theme that is shown.

// A canvas needs a resolved colour; a custom property alone still says light-dark(…).
export function color(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

export function axis(extra) {
  return {
    stroke: color("--text-muted"),
    font: `11px ${getComputedStyle(document.body).fontFamily}`,
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
    ...extra,
  };
}
