// Copies what browsers need of the npm packages to static/vendor/ (not in git). Run by `npm ci`.
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, "..", "node_modules");
const files = {
  "uplot/dist/uPlot.esm.js": "uplot/uPlot.esm.js",
  "uplot/dist/uPlot.min.css": "uplot/uPlot.min.css",
  "uplot/LICENSE": "uplot/LICENSE",
};

for (const [from, to] of Object.entries(files)) {
  const target = join(here, "..", "static", "vendor", to);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(join(packages, from), target);
}
