// The second factor in Chromium: set up, asked for, lost, required of all.
// Findings and questions are lines of JSON, as in console.mjs.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const require = createRequire(new URL("../../console/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const wanted = JSON.parse(process.argv[2]);
const WIDE = { width: 1280, height: 900 }, PHONE = { width: 390, height: 844 };
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

function tell(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function askFor(word, given = {}) {
  tell({ asks: word, given });
  return JSON.parse((await lines.next()).value ?? "{}");
}

async function step(name, run) {
  try {
    tell({ step: name, ...(await run()) });
  } catch (error) {
    tell({ step: name, error: String(error.stack ?? error) });
    await page.screenshot({ path: `${wanted.pictures}/failed-${name.replaceAll(/\W+/g, "-")}.png` }).catch(() => undefined);
  }
}

function need(condition, sentence) {
  if (!condition) throw new Error(sentence);
}

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
const context = await browser.newContext({
  ignoreHTTPSErrors: true, viewport: WIDE, locale: "en-US", colorScheme: "light", reducedMotion: "reduce",
});
context.setDefaultTimeout(30_000);
const page = await context.newPage();
const complaints = [];
page.on("console", (message) => {
  if (message.type() === "error" && !/status of (400|401|403|409)/.test(message.text())) complaints.push(message.text());
});
page.on("pageerror", (error) => complaints.push(String(error)));

const go = (path) => page.goto(wanted.https + path);
const button = (name) => page.getByRole("button", { name, exact: true });
const heading = (name) => page.getByRole("heading", { level: 1, name }).waitFor();

async function signIn(user) {
  await go("/sign-in");
  await page.locator("#user").fill(user);
  await page.locator("#password").fill(wanted.password);
  await button("Sign in").click();
}

async function signOut() {
  await context.clearCookies();
}

// The page as it is, in both languages, light and wide, dark and small.
async function look(name) {
  const result = { violations: [], overflow: [] };
  for (const [theme, size, viewport] of [["light", "wide", WIDE], ["dark", "phone", PHONE]]) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.setViewportSize(viewport);
    await page.evaluate(() => document.fonts.ready);
    await page.evaluate(AXE);
    const found = await page.evaluate(() => globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }));
    result.violations.push(...found.violations.map((one) => `${theme} ${one.id}: ${one.nodes[0]?.html}`));
    result.overflow.push(...await page.evaluate(() => [...document.querySelectorAll("button, a, input, h1, h2, td, dd, svg.w-qr, li")]
      .filter((one) => one.checkVisibility() && !one.closest(".pf-v6-c-page__sidebar, .pf-v6-c-skip-to-content"))
      .filter((one) => one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.outerHTML.slice(0, 200))));
    await page.screenshot({ path: `${wanted.pictures}/${name}-${size}.png`, fullPage: size === "phone" });
  }
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.setViewportSize(WIDE);
  return result;
}

// Through the set-up, wherever it is shown; the recovery codes.
async function setUp(name) {
  await page.locator("#proof").fill(wanted.password);
  await button("Next").click();
  const key = (await page.getByRole("textbox", { name: "Key" }).inputValue()).replaceAll(" ", "");
  need(/^[A-Z2-7]{32}$/.test(key), `the key is ${key}`);
  need(await page.locator("svg.w-qr path").count() === 1, "there is no QR code");
  const seen = [await look(`${name}-device`)];
  await page.locator("#new-code").fill((await askFor("wrong", { key })).code);
  await button("Switch on").click();
  await page.getByText("The code is wrong").waitFor();
  await page.locator("#new-code").fill((await askFor("code", { key })).code);
  await button("Switch on").click();
  const codes = await page.locator(".w-codes li").allInnerTexts();
  need(codes.length === 10, `${codes.length} recovery codes`);
  need(await button("Done").isDisabled(), "one goes on without them");
  seen.push(await look(`${name}-codes`));
  const download = page.waitForEvent("download");
  await button("Download").click();
  const file = readFileSync(await (await download).path(), "utf8");
  need(codes.every((code) => file.includes(code)), "the file lacks codes");
  await page.getByRole("checkbox", { name: "I have stored these codes" }).check();
  await button("Done").click();
  return { key, codes, seen: {
    violations: seen.flatMap((one) => one.violations), overflow: seen.flatMap((one) => one.overflow),
  } };
}

let admin = {};
await step("it is set up in the own account", async () => {
  await signIn("admin");
  await heading("Home");
  await page.getByRole("button", { name: "Menu of the user admin" }).click();
  await page.getByRole("menuitem", { name: "Two-factor authentication" }).click();
  await heading("Two-factor authentication");
  await button("Set up").click();
  admin = await setUp("two-factor");
  await page.locator("dd", { hasText: /^On$/ }).waitFor();
  await page.locator("dd", { hasText: /^10$/ }).waitFor();
  return admin.seen;
});
await step("signing in asks for the code", async () => {
  await signOut();
  await signIn("admin");
  const field = page.locator("#code");
  await field.waitFor();
  need(await field.getAttribute("autocomplete") === "one-time-code", "the code is not known as one");
  const seen = await look("two-factor-sign-in-en");
  await field.fill((await askFor("wrong", { key: admin.key })).code);
  await button("Sign in").click();
  await page.getByText("The code is wrong").waitFor();
  await field.fill((await askFor("code", { key: admin.key })).code);
  await button("Sign in").click();
  await heading("Home");
  return seen;
});
await step("a recovery code serves in its place", async () => {
  await signOut();
  await signIn("admin");
  await button("Use a recovery code instead").click();
  await page.locator("#code").fill(admin.codes[0].toUpperCase());
  await button("Sign in").click();
  await heading("Home");
  await go("/two-factor");
  await page.locator("dd", { hasText: /^9$/ }).waitFor();
});
await step("an ended ticket leads back to the password", async () => {
  await signOut();
  await signIn("admin");
  await page.locator("#code").waitFor();
  await button("Begin again").click();
  await page.locator("#password").waitFor();
});
for (const language of ["en", "ja"])
  await step(`page two-factor ${language}`, async () => {
    await signOut();
    await signIn("admin");
    await page.locator("#code").fill((await askFor("code", { key: admin.key })).code);
    await button("Sign in").click();
    await heading("Home");
    await page.evaluate((one) => localStorage.setItem("warifu.language", one), language);
    await go("/two-factor");
    await page.locator("h2").nth(1).waitFor();
    const seen = await look(`two-factor-${language}`);
    await page.evaluate(() => localStorage.setItem("warifu.language", "en"));
    return seen;
  });
await step("it is required of everybody, knowingly", async () => {
  await go("/two-factor");
  await button("Require of every user").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(/of 2 users has none yet/).waitFor();
  await dialog.getByText("This can never be undone").waitFor();
  const submit = dialog.getByRole("button", { name: "Require of every user" });
  need(await submit.isDisabled(), "it is done without understanding");
  const seen = await look("two-factor-require");
  await dialog.getByRole("checkbox").check();
  await submit.click();
  await page.getByText("Required of every user. This cannot be switched off.").waitFor();
  need(await button("Switch off").count() === 0, "it can be switched off");
  return seen;
});
await step("who has none sets it up before anything else", async () => {
  await signOut();
  await signIn("yamada");
  await heading("Two-factor authentication");
  const first = await look("two-factor-forced");
  await go("/computers");
  await heading("Two-factor authentication");
  const made = await setUp("two-factor-forced");
  await heading("Computers");
  return { violations: [...first.violations, ...made.seen.violations], overflow: [...first.overflow, ...made.seen.overflow] };
});
await step("over HTTP one is led to HTTPS", async () => {
  await askFor("user", { name: "tanaka" });
  await page.goto(`${wanted.http}/sign-in`);
  await page.locator("#user").fill("tanaka");
  await page.locator("#password").fill(wanted.password);
  await button("Sign in").click();
  await page.getByText("it cannot be set up").waitFor();
});
tell({ step: "complaints", list: complaints });
await browser.close();
process.exit(0);
