// Drives the console in Chromium, step by step; each finding is one line of
// JSON. What only the test's other half can do is asked for in the same way.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const require = createRequire(new URL("../../console/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const wanted = JSON.parse(process.argv[2]);
const PATIENCE = 30_000;
const WIDE = { width: 1280, height: 900 }, PHONE = { width: 390, height: 844 };
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

function tell(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function askFor(word) {
  tell({ asks: word });
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

const complaints = [];
let isAway = false;

function watch(target) {
  target.on("console", (message) => {
    const text = message.text();
    // A refusal that a step provokes is shown by the browser as a failed load.
    if (message.type() !== "error" || /status of (400|401|403|409)/.test(text)) return;
    if (isAway && /ERR_|status of 50/.test(text)) return;
    complaints.push(text);
  });
  target.on("pageerror", (error) => complaints.push(String(error)));
  target.on("dialog", (dialog) => {
    complaints.push(`a dialog opened: ${dialog.message()}`);
    void dialog.dismiss();
  });
  target.on("request", (request) => {
    if (!request.url().startsWith(wanted.https) && !request.url().startsWith(wanted.http)) complaints.push(`asked ${request.url()}`);
  });
}

const options = { ignoreHTTPSErrors: true, viewport: WIDE, locale: "en-US", colorScheme: "light", reducedMotion: "reduce" };
const context = await browser.newContext(options);
context.setDefaultTimeout(PATIENCE);
const page = await context.newPage();
watch(page);

const heading = (name) => page.getByRole("heading", { level: 1, name }).waitFor();
const shown = (text) => page.getByText(text).filter({ visible: true }).first();
const go = (path) => page.goto(wanted.https + path);

async function violations() {
  // Scripts of the debugger are not the page's and need no permission.
  await page.evaluate(AXE);
  const found = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  }));
  return found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html).join(" | ")}`);
}

// What one cannot come to: it lies outside of the window, and nothing scrolls
// sideways there but wide tables and rows of tabs.
function overflow() {
  return page.evaluate(() => [...document.querySelectorAll("button, a, input, h1, h2, td, dd")]
    .filter((one) => one.checkVisibility() && !one.closest(".w-scroll, .pf-v6-c-tabs, .pf-v6-c-page__sidebar, .pf-v6-c-skip-to-content"))
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 5).map((one) => one.outerHTML.slice(0, 200)));
}

async function settled() {
  await page.waitForLoadState("networkidle");
  await page.waitForFunction(() => !document.querySelector(".pf-v6-c-spinner"));
  await page.evaluate(() => document.fonts.ready);
}

async function look(name, language) {
  const result = { violations: [], overflow: [], missing: [] };
  for (const [theme, size, viewport] of [["light", "wide", WIDE], ["dark", "phone", PHONE]]) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await page.setViewportSize(viewport);
    await settled();
    result.violations.push(...(await violations()).map((text) => `${theme} ${size} ${text}`));
    result.overflow.push(...await overflow());
    await page.screenshot({ path: `${wanted.pictures}/${name}-${language}-${size}.png`, fullPage: size === "phone" });
  }
  // A key instead of its words ("home.title").
  result.missing = await page.evaluate(() => document.body.innerText.match(/\b[a-z]+[A-Za-z]*\.[a-z]+[A-Z][A-Za-z]*\b/g) ?? []);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  await page.setViewportSize(WIDE);
  return result;
}

async function chooseLanguage(language) {
  await page.evaluate((one) => localStorage.setItem("warifu.language", one), language);
}

async function signIn(user, password) {
  await page.locator("#user").fill(user);
  await page.locator("#password").fill(password);
  await page.locator("button[type=submit]").click();
}

await go("/");
for (const language of ["en", "ja"]) {
  await step(`page sign-in ${language}`, async () => {
    await chooseLanguage(language);
    await go("/sign-in");
    await page.locator("#user").waitFor();
    return look("sign-in", language);
  });
}
await chooseLanguage("en");
await go("/");

await step("a wrong password is refused in words", async () => {
  await signIn("admin", "wrong");
  await page.getByText("The user name or the password is wrong.").waitFor();
});
await step("signing in leads to the password", async () => {
  await signIn("admin", wanted.first);
  await page.getByText("Choose your own before you go on").waitFor();
});
await step("a password of one's own is asked for first", async () => {
  await go("/computers");
  await page.locator("#current").fill(wanted.first);
  await page.locator("#new").fill("short");
  await page.locator("#again").fill("other");
  await page.getByText("The two are not alike.").waitFor();
  await page.locator("#again").fill("short");
  await page.locator("button[type=submit]").click();
  await page.getByText("Use at least 8 characters").waitFor();
  await page.locator("#new").fill(wanted.password);
  await page.locator("#again").fill(wanted.password);
  await page.locator("button[type=submit]").click();
  await heading("Computers");
});
await step("the token is in no script", async () => {
  const seen = await page.evaluate(() => document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage));
  need(!/wf[sd]_/.test(seen), `a script sees a token: ${seen}`);
  const cookies = await context.cookies();
  const session = cookies.find(({ name }) => name === "__Host-warifu");
  const device = cookies.find(({ name }) => name === "__Host-warifu-device");
  need(cookies.length === 2 && session.expires === -1 && device.expires > Date.now() / 1000 + 300 * 24 * 3600 &&
    cookies.every((one) => one.httpOnly && one.secure && one.sameSite === "Strict" && one.path === "/"), JSON.stringify(cookies));
});
const { good, hostile } = await askFor("computers");

await step("an enrolment token comes with its command", async () => {
  await go("/enrolment");
  await page.getByRole("button", { name: "New token" }).click();
  await page.locator("#token-server").fill("central.example.net");
  await page.getByRole("button", { name: "Make the token" }).click();
  await page.getByText("is not shown again").waitFor();
  const command = await page.locator(".pf-v6-c-clipboard-copy__expandable-content").innerText();
  need(/warifu-agent --bootstrap-file/.test(command) && command.includes('"server":"central.example.net"') &&
    /"token":"[^"]{20,}"/.test(command), command);
  await page.getByRole("button", { name: "Close", exact: true }).last().click();
  await page.getByText("10 of 10").waitFor();
});
await step("an office is made, renamed and deleted", async () => {
  await go("/offices");
  await page.getByRole("button", { name: "New remote office" }).click();
  await page.locator("#office-name").fill("Osaka");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator("td", { hasText: "Osaka" }).waitFor();
  await page.getByRole("button", { name: "New remote office" }).click();
  await page.locator("#office-name").fill("osaka");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("is there already").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Actions: Osaka" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.locator("#office-name").fill("Kyoto");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator("td", { hasText: "Kyoto" }).waitFor();
  await page.getByRole("button", { name: "Actions: Kyoto" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.locator("td", { hasText: "Kyoto" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "New remote office" }).click();
  await page.locator("#office-name").fill("Nagoya");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator("td", { hasText: "Nagoya" }).waitFor();
});
await step("the list is searched, filtered and sorted by the server", async () => {
  await go("/computers");
  await shown("1 – 3 of 3").waitFor();
  await page.getByRole("textbox", { name: /Name, address/ }).fill("DESK-0");
  await shown("1 – 2 of 2").waitFor();
  await page.getByRole("columnheader", { name: "Name" }).getByRole("button").click();
  await page.waitForFunction(() => document.querySelector("tbody tr a")?.textContent === "desk-02.example");
  need(page.url().includes("search=DESK-0") && page.url().includes("sort=-name"), page.url());
  await page.getByRole("button", { name: "State: Any state" }).click();
  await page.getByRole("option", { name: "Revoked" }).click();
  await page.getByText("No computer matches").waitFor();
  await page.getByRole("button", { name: "Clear all filters" }).first().click();
  await shown("1 – 3 of 3").waitFor();
});
await step("columns are chosen and kept", async () => {
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitem", { name: "Serial number" }).or(page.getByRole("checkbox", { name: "Serial number" })).first().click();
  await page.getByRole("columnheader", { name: "Serial number" }).waitFor();
  await page.reload();
  await page.getByRole("columnheader", { name: "Serial number" }).waitFor();
});
await step("a computer is moved and refreshed", async () => {
  await go(`/computers/${good}`);
  await heading("desk-01.example");
  await page.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: "Refresh now" }).click();
  await page.getByText("It refreshes as soon as it is back").waitFor();
  await page.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: "Move to another office" }).click();
  await page.locator("#move-office").click();
  await page.getByRole("option", { name: "Nagoya" }).click();
  await page.getByRole("button", { name: "Move to another office" }).click();
  await page.getByText("The computer has been moved.").waitFor();
  await page.locator("dd", { hasText: "Nagoya" }).waitFor();
});
await step("a phone can turn the pages", async () => {
  await page.setViewportSize(PHONE);
  await go(`/computers/${good}?tab=software`);
  await page.getByText("package-1:", { exact: false }).or(page.getByText("package-1", { exact: true })).first().waitFor();
  await page.getByRole("button", { name: "Next page" }).filter({ visible: true }).first().click();
  await page.locator("td", { hasText: /^package-6\d$/ }).first().waitFor();
  await page.setViewportSize(WIDE);
});
await step("a hostile name is text", async () => {
  await go("/computers");
  await page.getByRole("link", { name: wanted.hostile }).click();
  await heading(wanted.hostile);
  need(await page.locator("img").count() === 0, "the name became an image");
});
await step("hostile software is text", async () => {
  for (const tab of ["software", "users", "events", "certificate"]) {
    await go(`/computers/${hostile}?tab=${tab}`);
    await settled();
    need(await page.locator("img, [onerror], a[href^=javascript]").count() === 0, `${tab} became markup`);
  }
  await go(`/computers/${hostile}?tab=software`);
  await page.locator("td", { hasText: wanted.hostile }).waitFor();
  await page.locator("td", { hasText: "no time at all" }).waitFor();
});

const PAGES = {
  home: "/", computers: "/computers", computer: `/computers/${good}`, offices: "/offices", enrolment: "/enrolment",
  password: "/password",
  ...Object.fromEntries(["hardware", "software", "services", "users", "network", "certificate", "events"]
    .map((tab) => [`computer-${tab}`, `/computers/${good}?tab=${tab}`])),
};
for (const language of ["en", "ja"]) {
  await chooseLanguage(language);
  for (const [name, path] of Object.entries(PAGES)) {
    await step(`page ${name} ${language}`, async () => {
      await go(path);
      await page.locator("h1").waitFor();
      need(await page.evaluate(() => document.documentElement.lang) === language, "the language is another");
      return look(name, language);
    });
  }
}
await chooseLanguage("en");

await step("the language and the theme are chosen and kept", async () => {
  await go("/");
  await page.getByRole("button", { name: "Menu of the user admin" }).click();
  await page.getByRole("menuitem", { name: "日本語" }).click();
  await heading("ホーム");
  await page.getByRole("button", { name: /admin/ }).click();
  await page.getByRole("menuitem", { name: "ダーク" }).click();
  await page.waitForFunction(() => document.documentElement.classList.contains("pf-v6-theme-dark"));
  await page.reload();
  await heading("ホーム");
  need(await page.evaluate(() => document.documentElement.classList.contains("pf-v6-theme-dark")), "the theme is forgotten");
  await page.evaluate(() => localStorage.clear());
  await page.reload();
  await heading("Home");
});
await step("the page works by keyboard", async () => {
  await go("/");
  await heading("Home");
  await page.keyboard.press("Tab");
  need(await page.evaluate(() => document.activeElement?.textContent) === "Skip to the contents", "the first stop is not the way to the contents");
  await page.getByRole("link", { name: "Computers", exact: true }).focus();
  await page.keyboard.press("Enter");
  await heading("Computers");
  await page.waitForFunction(() => document.activeElement?.id === "main");
});
await step("a server that restarts is told and the page goes on", async () => {
  await go("/computers");
  await shown("1 – 3 of 3").waitFor();
  isAway = true;
  await askFor("stop_server");
  await page.getByText("The server does not answer").first().waitFor();
  await askFor("start_server");
  await page.getByText("The server does not answer").first().waitFor({ state: "detached" });
  await shown("1 – 3 of 3").waitFor();
  await page.getByRole("link", { name: "desk-02.example" }).click();
  await heading("desk-02.example");
  isAway = false;
});
const { password } = await askFor("end_sessions");
await step("an ended session leads back to where one was", async () => {
  await go(`/computers/${good}?tab=hardware`);
  await page.getByText("Your session has ended").waitFor();
  await signIn("admin", password);
  await heading("desk-01.example");
  need(page.url().endsWith(`/computers/${good}?tab=hardware`), page.url());
});
await step("another site's page can neither frame nor command", async () => {
  const other = await context.newPage();
  const foreign = wanted.https.replace("127.0.0.1", "localhost");
  await other.route(`${foreign}/evil`, (route) => route.fulfill({ contentType: "text/html", body:
    `<iframe src="${wanted.https}/"></iframe><form method=post enctype=text/plain action="${wanted.https}/api/v1/offices">` +
    `<input name='{"name":"evil","x":"' value='"}'></form>` }));
  await other.goto(`${foreign}/evil`);
  const frame = await (await other.locator("iframe").elementHandle()).contentFrame();
  need(!/root/.test(await frame.content().catch(() => "")), "the console is in a frame");
  const answers = await other.evaluate(async (target) => {
    const ask = (init) => fetch(`${target}/api/v1/offices`, init).then((answer) => answer.status, () => "refused");
    return [
      await ask({ credentials: "include" }),
      await ask({ method: "POST", credentials: "include", body: "{}", headers: { "X-Warifu-Request": "1" } }),
    ];
  }, wanted.https);
  need(answers.every((answer) => answer === "refused"), `another site was answered: ${answers}`);
  const sent = other.waitForResponse((answer) => answer.request().method() === "POST");
  await other.evaluate(() => document.forms[0].submit());
  need([401, 403].includes((await sent).status()), "a foreign form was taken");
  await other.close();
});
await step("signing out forgets everything", async () => {
  await page.getByRole("button", { name: "Menu of the user admin" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await heading("Sign in");
  const left = await context.cookies();
  need(left.length === 1 && left[0].name === "__Host-warifu-device", `what stays: ${JSON.stringify(left)}`);
  await page.goBack();
  await go("/computers");
  await heading("Sign in");
});
await step("plain HTTP works on this computer", async () => {
  await page.goto(`${wanted.http}/`);
  await signIn("admin", password);
  await heading("Home");
  const cookie = (await context.cookies(wanted.http)).find(({ name }) => name === "warifu");
  need(cookie && cookie.httpOnly && !cookie.secure && cookie.sameSite === "Strict", JSON.stringify(cookie));
});
tell({ step: "complaints", list: complaints });
await browser.close();
process.exit(0);
