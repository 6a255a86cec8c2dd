// What scripts that drive the console in Chromium share. Each finding is one line
// of JSON; what only the test's other half can do is asked for in the same way.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const require = createRequire(new URL("../../console/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const PATIENCE = 30_000;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

export const wanted = JSON.parse(process.argv[2]);
export const WIDE = { width: 1280, height: 900 }, PHONE = { width: 390, height: 844 };
// isAway: the server is meant to be.
export const stage = { isAway: false };
// What no page may give cause for.
export const complaints = [];

export function tell(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

// The answer of the scene's method of that name.
export async function askFor(word, given = {}) {
  tell({ asks: word, given });
  return JSON.parse((await lines.next()).value ?? "{}");
}

export function need(condition, sentence) {
  if (!condition) throw new Error(sentence);
}

// What comes by itself is waited for; its absence is the fault.
export async function until(holds, sentence) {
  const last = Date.now() + PATIENCE;
  while (!await holds()) {
    if (Date.now() > last) throw new Error(sentence);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

function watch(target) {
  target.on("console", (message) => {
    const text = message.text();
    // A refusal that a step provokes is shown by the browser as a failed load.
    if (message.type() !== "error" || /status of (400|401|403|404|409)/.test(text)) return;
    // So is that of a socket: what waits for changes ends with its session.
    if (/Unexpected response code: (401|403)/.test(text)) return;
    if (stage.isAway && /ERR_|status of 50/.test(text)) return;
    complaints.push(text);
  });
  target.on("pageerror", (error) => complaints.push(String(error)));
  target.on("dialog", (dialog) => {
    complaints.push(`a dialog opened: ${dialog.message()}`);
    void dialog.dismiss();
  });
  target.on("request", (request) => {
    const url = request.url().replace(/^blob:/, "");
    if (!url.startsWith(wanted.https) && !url.startsWith(wanted.http)) complaints.push(`asked ${request.url()}`);
  });
}

// Another browser window with nothing remembered: {context, page}.
export async function newWindow() {
  const made = await browser.newContext({
    ignoreHTTPSErrors: true, viewport: WIDE, locale: "en-US", colorScheme: "light", reducedMotion: "reduce", acceptDownloads: true,
  });
  made.setDefaultTimeout(PATIENCE);
  const first = await made.newPage();
  watch(first);
  return { context: made, page: first };
}

export const { context, page } = await newWindow();

export async function step(name, run, of = page) {
  try {
    tell({ step: name, ...(await run()) });
  } catch (error) {
    tell({ step: name, error: String(error.stack ?? error) });
    await of.screenshot({ path: `${wanted.pictures}/failed-${name.replaceAll(/\W+/g, "-")}.png` }).catch(() => undefined);
  }
}

export const heading = (name, of = page) => of.getByRole("heading", { level: 1, name }).waitFor();
export const shown = (text, of = page) => of.getByText(text).filter({ visible: true }).first();
export const button = (name, of = page) => of.getByRole("button", { name, exact: true });
export const go = (path, of = page) => of.goto(wanted.https + path);

async function violationsNow(of) {
  const found = await of.evaluate(() => globalThis.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  return found.violations.map((one) =>
    `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.html} ${node.failureSummary}`).join(" | ")}`);
}

// What axe finds in a page at rest. A page that a theme or a width has just been
// changed of may still move where no animation tells of it: what is found is
// looked for once more a moment later. What went away goes to the log.
export async function violations(of = page) {
  // Scripts of the debugger are not the page's and need no permission.
  await of.evaluate(AXE);
  const first = await violationsNow(of);
  if (first.length === 0) return first;
  await of.waitForTimeout(2000);
  const found = await violationsNow(of);
  if (found.length < first.length) process.stderr.write(`passing, at ${of.url()}: ${first.join("\n")}\n`);
  return found;
}

// What one cannot come to: it lies outside of the window, and nothing scrolls
// sideways there but wide tables and rows of tabs; or it is a title whose end is
// cut off.
function overflow(of) {
  return of.evaluate(() => {
    const all = (selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());
    const outside = all("button, a, input, h1, h2, td, dd, svg.w-qr, .w-codes li, .w-path li")
      .filter((one) => !one.closest(".w-scroll, .pf-v6-c-tabs, .pf-v6-c-page__sidebar, .pf-v6-c-skip-to-content"))
      .filter((one) => one.getBoundingClientRect().right > innerWidth + 1);
    const cut = all("h1, h1 *, h2, h2 *").filter((one) =>
      getComputedStyle(one).overflowX !== "visible" && !one.closest(".pf-v6-screen-reader") && one.scrollWidth > one.clientWidth + 1);
    return [...outside, ...cut].slice(0, 5).map((one) => one.outerHTML.slice(0, 200));
  });
}

// Everything has come, and nothing moves: a colour on its way from one theme to
// the other has a contrast that no reader ever sees.
export async function settled(of = page) {
  await of.waitForLoadState("networkidle");
  await of.waitForFunction(() => !document.querySelector(".pf-v6-c-spinner"));
  await of.evaluate(() => document.fonts.ready);
  await of.waitForFunction(() => new Promise((resolve) => {
    const moves = (one) => Number.isFinite(one.effect.getComputedTiming().endTime) && one.playState === "running";
    // What this frame's style has changed begins to move with the next.
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(!document.getAnimations().some(moves))));
  }));
}

// The page as it stands, light and wide, dark and on a phone: what axe finds,
// what lies outside, which words are missing; and pictures of it.
export async function look(name, language, of = page) {
  const result = { violations: [], overflow: [], missing: [] };
  for (const [theme, size, viewport] of [["light", "wide", WIDE], ["dark", "phone", PHONE]]) {
    await of.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await of.setViewportSize(viewport);
    await of.waitForFunction((dark) => document.documentElement.classList.contains("pf-v6-theme-dark") === dark, theme === "dark");
    await settled(of);
    result.violations.push(...(await violations(of)).map((text) => `${theme} ${size} ${text}`));
    result.overflow.push(...await overflow(of));
    await of.screenshot({ path: `${wanted.pictures}/${name}-${language}-${size}.png`, fullPage: size === "phone" });
  }
  // A key instead of its words ("home.title").
  result.missing = await of.evaluate(() => document.body.innerText.match(/\b[a-z]+[A-Za-z]*\.[a-z]+[A-Z][A-Za-z]*\b/g) ?? []);
  await of.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await of.setViewportSize(WIDE);
  return result;
}

// Looks at each page {name: address} in both languages: steps "page NAME LANG".
export async function lookAtAll(pages) {
  for (const language of ["en", "ja"]) {
    await chooseLanguage(language);
    for (const [name, path] of Object.entries(pages)) {
      await step(`page ${name} ${language}`, async () => {
        await go(path);
        await page.locator("h1").waitFor();
        need(await page.evaluate(() => document.documentElement.lang) === language, "the language is another");
        return look(name, language);
      });
    }
  }
  await chooseLanguage("en");
}

export async function chooseLanguage(language, of = page) {
  await of.evaluate((one) => localStorage.setItem("warifu.language", one), language);
}

export async function signIn(user, password, of = page) {
  await of.locator("#user").fill(user);
  await of.locator("#password").fill(password);
  await of.locator("button[type=submit]").click();
}

// The last finding, and the end.
export async function end() {
  tell({ step: "complaints", list: complaints });
  await browser.close();
  process.exit(0);
}
