// Drives open pages while others change things behind them: the page follows by
// itself, the bell counts, and nothing is loaded anew.
import { askFor, chooseLanguage, end, go, heading, look, need, newWindow, page, settled, shown, signIn, stage, step, wanted } from "./kit.mjs";

const PATIENCE = 30_000;
const made = await askFor("prepare");

// The WebSockets that a window has opened.
function listen(of) {
  const all = [];
  of.on("websocket", (one) => all.push(one));
  return all;
}
const sockets = listen(page);

async function until(what, condition) {
  const end_ = Date.now() + PATIENCE;
  while (!await condition()) {
    need(Date.now() < end_, `waited in vain: ${what}`);
    await page.waitForTimeout(50);
  }
}

const standing = (all) => all.filter((one) => !one.isClosed());
const stands = (all = sockets) => until("a WebSocket stands", () => standing(all).length > 0);
// The page is the same one: nothing has loaded it anew.
const mark = () => page.evaluate(() => { globalThis.isTheSame = true; });
const needTheSame = async () => need(await page.evaluate(() => globalThis.isTheSame === true), "the page was loaded anew");
const bell = (of = page) => of.getByRole("button", { name: /^(Alerts|アラート):/ });
const item = (kind, of = page) => of.locator(`li[data-kind="${kind}"]`);

async function open(path, title) {
  await go(path);
  await heading(title);
  await settled();
  await stands();
  await mark();
}

await step("one socket stands for a tab", async () => {
  await go("/sign-in");
  await signIn("admin", wanted.password);
  await heading("Home");
  await stands();
  need(standing(sockets).length === 1, `${standing(sockets).length} sockets`);
  need(sockets[0].url() === `${wanted.https.replace("https", "wss")}/api/v1/changes`, sockets[0].url());
});

await step("the list of computers follows", async () => {
  await open("/computers", "Computers");
  await askFor("enrol", { name: "new.example" });
  await page.getByRole("link", { name: "new.example" }).waitFor();
  await needTheSame();
});

await step("one computer follows", async () => {
  await open(`/computers/${made.late}`, "late.example");
  const { name } = await askFor("move");
  await page.locator("dd", { hasText: name }).waitFor();
  await needTheSame();
});

await step("home follows", async () => {
  await open("/", "Home");
  const number = page.getByRole("link", { name: /^Managed computers: / });
  const before = await number.innerText();
  await askFor("enrol", { name: "another.example" });
  await until("home counts it", async () => await number.innerText() === String(Number(before) + 1));
  await needTheSame();
});

await step("a server that restarts under the open page is back by itself", async () => {
  await open("/offices", "Remote offices");
  stage.isAway = true;
  const { name } = await askFor("restart");
  await shown(name).waitFor();
  await stands();
  stage.isAway = false;
  const after = await askFor("office");
  await shown(after.name).waitFor();
  await needTheSame();
});

await step("the bell counts a new alert", async () => {
  await open("/", "Home");
  await askFor("expire");
  await shown("The certificate of 1 computer has expired").waitFor();
  await needTheSame();
  need(!/: 0 /.test(await bell().getAttribute("aria-label")), "the bell counts nothing");
});

await step("alerts are acknowledged and taken back by keyboard", async () => {
  await bell().focus();
  await page.keyboard.press("Enter");
  await item("certificate_expired").waitFor();
  await item("certificate_expired").getByRole("button", { name: /^Acknowledge/ }).focus();
  await page.keyboard.press("Enter");
  await item("certificate_expired").getByText("Acknowledged by admin").waitFor();
  await item("certificate_expired").getByRole("button", { name: /^Take back/ }).focus();
  await page.keyboard.press("Enter");
  await item("certificate_expired").getByRole("button", { name: /^Acknowledge/ }).waitFor();
  await page.keyboard.press("Escape");
  await item("certificate_expired").waitFor({ state: "detached" });
  need(await bell().evaluate((one) => one === document.activeElement), "the focus is not on the bell again");
});

await step("an alert leads to the computers concerned", async () => {
  await bell().click();
  await item("certificate_expired").getByRole("link").click();
  await heading("Computers");
  need(new URL(page.url()).searchParams.get("certificate") === "expired", page.url());
  await page.getByRole("link", { name: "late.example" }).waitFor();
  await until("the list is narrowed", async () => await page.getByRole("link", { name: "well.example" }).count() === 0);
  await page.getByRole("button", { name: "Take the filter Certificate away" }).click();
  await page.getByRole("link", { name: "well.example" }).waitFor();
});

for (const language of ["en", "ja"]) {
  await chooseLanguage(language);
  await step(`page alerts ${language}`, async () => {
    await go("/");
    await bell().click();
    await item("certificate_expired").waitFor();
    return look("alerts", language);
  });
  await step(`page home-alerts ${language}`, async () => {
    await go("/");
    await page.locator("h1").waitFor();
    return look("home-alerts", language);
  });
  await step(`page computers-expired ${language}`, async () => {
    await go("/computers?state=active&certificate=expired");
    await page.getByRole("link", { name: "late.example" }).waitFor();
    return look("computers-expired", language);
  });
}
await chooseLanguage("en");

await step("who may not acknowledge sees the alerts and no button", async () => {
  const { context, page: other } = await newWindow();
  await go("/sign-in", other);
  await signIn(made.guest, wanted.password, other);
  await heading("Home", other);
  await bell(other).click();
  await item("certificate_expired", other).waitFor();
  need(await item("certificate_expired", other).getByRole("button").count() === 0, "there is a button");
  await context.close();
});

await step("who is limited to an office is told of its alerts alone", async () => {
  const { context, page: other } = await newWindow();
  const all = listen(other);
  await go("/sign-in", other);
  await signIn(made.limited, wanted.password, other);
  await heading("Home", other);
  await stands(all);
  await bell(other).click();
  await shown("No alerts", other).waitFor();
  need(await item("certificate_expired", other).count() === 0, "it shows another office's");
  await context.close();
});

await step("an ended session shows at once", async () => {
  await open("/offices", "Remote offices");
  await askFor("end_sessions");
  await page.locator("#password").waitFor();
  need(new URL(page.url()).pathname === "/sign-in", page.url());
});

await end();
