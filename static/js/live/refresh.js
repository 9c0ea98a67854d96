// Reads the page's main part anew and morphs it in: for what frames cannot say cell by cell.
import { forget } from "./hold.js";
import { morph } from "./morph.js";
import { signInAgain } from "./session.js";
import { isLive } from "./status.js";

const SHORTEST_PAUSE_MS = 150;
const LONGEST_PAUSE_MS = 2000;

export class Refresher {
  constructor(onRefreshed) {
    this.onRefreshed = onRefreshed;
    this.running = false;
    this.again = false;
    this.timer = 0;
    this.hasRun = false;
    this.pauseMs = SHORTEST_PAUSE_MS;
    this.lastEndedAt = performance.now(); // the page has just been read
  }

  // Whether what happened may have changed more of the page than its cells.
  isNeeded(applied) {
    return applied.misfit || (modeOf() === "row" && applied.newer);
  }

  // How many changes may have moved rows in, out or elsewhere.
  movesOf(moved) {
    let moves = 0;
    for (const { created = 0, deleted = 0, changed = 0 } of Object.values(moved ?? {})) {
      moves += created + deleted + (modeOf() === "membership" ? 0 : changed);
    }
    return moves;
  }

  // What no change of the log tells of (locks) is read anew every so often, by pages that say so.
  refreshRegularly() {
    setInterval(() => {
      const seconds = Number(main()?.dataset.refreshEvery);
      const isDue = seconds && performance.now() - this.lastEndedAt > seconds * 1000;
      if (isDue && isLive() && !document.hidden) this.refresh();
    }, 1000);
  }

  // The first call acts at once; while changes keep coming, a pause in proportion to what a
  // reading costs keeps a busy fleet from turning every open page into load.
  refresh() {
    if (this.running || this.timer) {
      this.again = true;
      return;
    }
    const wait = this.hasRun ? Math.max(0, this.lastEndedAt + this.pauseMs - performance.now()) : 0;
    this.timer = setTimeout(() => this.#run(), wait);
  }

  async #run() {
    this.timer = 0;
    this.running = true;
    this.hasRun = true;
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
    if (response.status === 401) {
      signInAgain();
      return true;
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("main[data-cursor]");
    // Somebody clicked meanwhile: this answer is for the page before.
    if (!fresh || url !== location.pathname + location.search) return true;
    morph(main(), fresh);
    window.htmx?.process(main()); // what came in has attributes that htmx has not seen
    forget();
    this.onRefreshed();
    return true;
  }
}

function modeOf() {
  return document.getElementById("list")?.dataset.refetch ?? main()?.dataset.refetch;
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
