// Follows a job while its results are on the page; it goes on when they are not.
const LOOK_EVERY_MS = 400;
const RESULTS_SHOWN = 100;
const root = document.documentElement;

export async function follow(place, job) {
  place.dataset.job = job.id;
  place.querySelector("[data-result-list]").replaceChildren();
  showJob(place, job);
  while (place.dataset.job === job.id && place.isConnected && !job.endedAt) {
    await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
    const now = await read(`jobs/${job.id}`);
    if (now === null) continue; // the job goes on; so does this when the server is back
    job = now;
    if (place.dataset.job === job.id) showJob(place, job);
  }
  if (place.dataset.job !== job.id || !place.isConnected) return;
  await showResults(place, job);
  document.dispatchEvent(new CustomEvent("acted"));
}

export function showJob(place, job) {
  const taken = job.done + job.refused;
  place.querySelector("[data-job-name]").textContent = job.name;
  place.querySelector("[data-job-link]").href = `${root.dataset.base}jobs/${job.id}/`;
  const bar = place.querySelector("progress");
  bar.max = job.total;
  bar.value = taken;
  place.querySelector("[data-progress]").textContent = sentence(job, taken);
  place.querySelector("[data-undo]").hidden = !job.endedAt || job.done === 0;
  place.querySelector("[data-bulk-cancel]").hidden = job.state !== "running";
}

function sentence(job, taken) {
  const refused = job.refused ? `, ${job.refused} refused` : "";
  if (job.state === "done") return `Done: ${job.done} changed${refused}.`;
  if (job.state === "cancelled") return `Cancelled after ${taken} of ${job.total}: ${job.done} changed${refused}.`;
  if (job.state === "stopped") return `Stopped after ${taken} of ${job.total}. ${job.problem}`;
  return `${taken} of ${job.total}${refused}. It goes on when this page is closed.`;
}

// All of a short job, those that were refused first; of a long one only those.
async function showResults(place, job) {
  const only = job.total > RESULTS_SHOWN ? "&result=refused" : "";
  const page = await read(`jobs/${job.id}/results?limit=${RESULTS_SHOWN}${only}`);
  const list = place.querySelector("[data-result-list]");
  const items = page?.items ?? [];
  items.sort((one, other) => Number(one.error === null) - Number(other.error === null));
  list.replaceChildren(...items.map((one) => resultItem(one, place.dataset.segment)));
}

function resultItem({ id, result, version, error }, segment) {
  const item = document.createElement("li");
  item.dataset.result = result;
  item.dataset.code = error?.code ?? "";
  const link = Object.assign(document.createElement("a"), {
    href: `${root.dataset.base}${segment}/${encodeURIComponent(id)}/`,
    textContent: id,
  });
  const told = document.createElement("span");
  told.className = "hint";
  told.textContent = error ? `${error.code}: ${error.detail}` : `version ${version}`;
  item.append(link, told);
  return item;
}

async function read(path) {
  const response = await fetch(`${root.dataset.base}api/v1/${path}`).catch(() => null);
  return response?.ok ? response.json() : null;
}
