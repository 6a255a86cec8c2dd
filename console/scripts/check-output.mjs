// Judges the built files: the first load is small, nothing comes from outside.
//   node check-output.mjs FOLDER
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const FIRST_LOAD_MAX = 300 * 1024;
// Names of standards and texts for developers: nothing is loaded from there.
const ALLOWED = [
  "http://www.w3.org/", "https://react.dev/", "https://reactjs.org/", "https://reactrouter.com/",
  "https://www.i18next.com", "https://react.i18next.com", "https://github.com/", "http://localhost", "https://json-schema.org/",
  "https://developer.mozilla.org/", "https://locize.com", "https://www.locize.com", "https://tanstack.com/",
];

const folder = process.argv[2];
const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
const problems = [];

function staticImports(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) staticImports(next, seen);
  return seen;
}

const scripts = [...staticImports("index.html")].map((key) => manifest[key].file);
const bytes = scripts.reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file)), { level: 9 }).length, 0);
console.log(`first load: ${scripts.length} scripts, ${bytes} bytes gzip of ${FIRST_LOAD_MAX}`);
if (bytes > FIRST_LOAD_MAX) problems.push(`the first load has ${bytes} bytes gzip of scripts, at most ${FIRST_LOAD_MAX} are allowed`);

for (const name of readdirSync(join(folder, "assets"))) {
  if (!/\.(js|css|svg)$/.test(name)) continue;
  const text = readFileSync(join(folder, "assets", name), "utf8");
  for (const [url] of text.matchAll(/(?:https?|wss?):\/\/[a-z0-9][^"'`\s)\\]*/gi))
    if (!ALLOWED.some((start) => url.startsWith(start))) problems.push(`assets/${name} names the outside address ${url}`);
  if (name.endsWith(".css") && /url\(\s*['"]?(data:|https?:|\/\/)/.test(text.replaceAll(/url\(\s*['"]?data:image\//g, "")))
    problems.push(`assets/${name} loads something inline or from outside`);
}
const page = readFileSync(join(folder, "index.html"), "utf8");
if (/<script(?![^>]*\ssrc=)/.test(page) || /\son[a-z]+=|style=/.test(page)) problems.push("index.html holds script or style inline");

for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
