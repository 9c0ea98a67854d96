// Reads the page's main part anew and morphs it in: for what frames cannot say cell by cell.
import { reloadOnce } from "./reload.js";
import { morph } from "./morph.js";

const SHORTEST_PAUSE_MS = 150;
const LONGEST_PAUSE_MS = 2000;

export class Refresher {
  constructor(onRefreshed) {
    this.onRefreshed = onRefreshed;
    this.running = false;
    this.again = false;
    this.timer = 0;
    this.pauseMs = SHORTEST_PAUSE_MS;
    this.lastEndedAt = -Infinity;
  }

  // Whether what happened may have changed which rows this page has, or more than its cells.
  isNeeded(applied, moved) {
    if (applied.misfit) return true;
    const mode = document.getElementById("list")?.dataset.refetch ?? main()?.dataset.refetch;
    if (mode === "row" && applied.newer) return true;
    return Object.values(moved ?? {}).some(
      (counts) => counts.created || counts.deleted || (mode !== "membership" && counts.changed),
    );
  }

  // The first call acts at once; while changes keep coming, a pause in proportion to what a
  // reading costs keeps a busy fleet from turning every open page into load.
  refresh() {
    if (this.running || this.timer) {
      this.again = true;
      return;
    }
    const wait = Math.max(0, this.lastEndedAt + this.pauseMs - performance.now());
    this.timer = setTimeout(() => this.#run(), wait);
  }

  async #run() {
    this.timer = 0;
    this.running = true;
    this.again = false;
    const startedAt = performance.now();
    const succeeded = await this.#readPage();
    this.running = false;
    this.lastEndedAt = performance.now();
    const costMs = succeeded ? this.lastEndedAt - startedAt : LONGEST_PAUSE_MS;
    this.pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, 3 * costMs));
    if (!succeeded) this.again = true; // nobody else may come back for what this reading missed
    if (this.again) this.refresh();
  }

  // Returns false when the server could not answer.
  async #readPage() {
    const url = location.pathname + location.search;
    const response = await fetch(url, { headers: headersOf(main()) }).catch(() => null);
    if (response === null || response.status >= 500) return false;
    if (response.status === 401) return reloadOnce(); // leads to the login, and back here
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("main[data-cursor]");
    // Somebody clicked meanwhile: this answer is for the page before.
    if (!fresh || url !== location.pathname + location.search) return true;
    morph(main(), fresh);
    this.onRefreshed();
    return true;
  }
}

function main() {
  return document.getElementById("main");
}

function headersOf(page) {
  const version = page.querySelector("article[data-version]")?.dataset.version;
  const headers = { "Lightning-Fragment": "1" };
  if (version) headers["Lightning-Min-Version"] = version;
  return headers;
}
