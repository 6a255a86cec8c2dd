// Drives the pages about computers in Chromium: many are chosen and something is
// done to them, the list is saved, one is looked at. One line of JSON a finding.
import { readFileSync } from "node:fs";

import {
  askFor, button, chooseLanguage, end, go, heading, need, newWindow, page as first, PHONE, settled, signIn as fillIn, stage,
  step as stepOf, until, violations, wanted, WIDE,
} from "./kit.mjs";

let page = first;
const step = (name, run) => stepOf(name, run, page);
const dialog = () => page.getByRole("dialog");
const statusOf = (text) => page.getByRole("status").filter({ hasText: text }).first();

async function signIn(user) {
  await go("/", page);
  await fillIn(user, wanted.password, page);
  await heading("Home", page);
}

async function looked() {
  await settled(page);
  return violations(page);
}

async function saved(press) {
  const [download] = await Promise.all([page.waitForEvent("download"), press()]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
}

// The value of a term in what is told of a run.
const told = (term) => dialog().locator("dl > div", { hasText: term }).locator("dd").innerText();

await signIn("admin");
await step("a page and all that match are chosen", async () => {
  await go("/computers?search=crowd-");
  await page.getByRole("checkbox", { name: "Choose all of this page" }).click();
  await statusOf("50 chosen").waitFor();
  await button("Choose all 60 that match").click();
  await statusOf("All 60 that match are chosen").waitFor();
  await page.getByRole("checkbox", { name: "Choose crowd-003" }).click();
  await statusOf("59 chosen").waitFor();
  await page.getByRole("button", { name: "Next page" }).filter({ visible: true }).first().click();
  await page.getByRole("checkbox", { name: "Choose crowd-055" }).waitFor();
  await until(async () => await page.getByRole("checkbox", { name: "Choose crowd-055" }).isChecked(), "the next page is not chosen");
  await button("Choose none").click();
  await statusOf("0 chosen").waitFor();
});
await step("a choice ends with its filter", async () => {
  await go("/computers?search=crowd-");
  await page.getByRole("checkbox", { name: "Choose crowd-001" }).click();
  await statusOf("1 chosen").waitFor();
  await page.getByRole("columnheader", { name: "Name" }).getByRole("button").click();
  await page.waitForURL(/sort=-name/);
  await statusOf("1 chosen").waitFor();
  await page.getByRole("button", { name: "Take the filter Search away" }).click();
  await statusOf("0 chosen").waitFor();
  need(!page.url().includes("search="), page.url());
});
await step("many are moved and one is refused", async () => {
  await go("/computers?search=crowd-");
  await page.getByRole("checkbox", { name: "Choose all of this page" }).click();
  await statusOf("50 chosen").waitFor();
  await askFor("remove_one");
  await button("Move to another office").click();
  await dialog().getByText("50 computers go to the remote office").waitFor();
  await until(async () => await dialog().getByRole("button", { name: "Move to another office" }).isDisabled(), "it moves nowhere");
  await dialog().locator("#bulk-office").click();
  await page.getByRole("option", { name: "Nagoya" }).click();
  await dialog().getByRole("button", { name: "Move to another office" }).click();
  await dialog().getByText("All have been asked.").waitFor();
  need(await told("Done") === "49" && await told("Refused") === "1" && await told("Left") === "0", await dialog().innerText());
  await dialog().getByText("1 was refused").waitFor();
  const found = await looked();
  const file = await saved(() => dialog().getByRole("button", { name: "Save the refused ones as CSV" }).click());
  need(file.name === "refused.csv" && file.text.trim().split("\r\n").length === 2 && file.text.startsWith("\uFEFF"), file.text);
  await dialog().getByRole("button", { name: "Close", exact: true }).last().click();
  await statusOf("0 chosen").waitFor();
  await page.locator("td", { hasText: "Nagoya" }).first().waitFor();
  return { violations: found };
});
await step("what cannot be undone wants the number", async () => {
  await go("/computers?search=gone-");
  await button("Choose all 120 that match").click();
  await button("Revoke").click();
  await dialog().getByText("120 computers and every certificate they ever got").waitFor();
  const submit = dialog().getByRole("button", { name: "Revoke", exact: true });
  await dialog().locator("#bulk-reason").fill("sold");
  await until(async () => await submit.isDisabled(), "no number was wanted");
  await dialog().locator("#bulk-number").fill("12");
  await until(async () => await submit.isDisabled(), "another number did");
  await dialog().locator("#bulk-number").fill("120");
  await until(async () => await submit.isEnabled(), "the number did not do");
  return { violations: await looked() };
});
await step("a run outlives a server that restarts", async () => {
  stage.isAway = true;
  await askFor("stop_server");
  await dialog().getByRole("button", { name: "Revoke", exact: true }).click();
  await dialog().getByText("The server does not answer just now.").waitFor();
  await askFor("start_server");
  await dialog().getByText("All have been asked.").waitFor({ timeout: 120_000 });
  need(Number(await told("Done")) + Number(await told("Were so already").catch(() => "0")) === 120, await dialog().innerText());
  await dialog().getByRole("button", { name: "Close", exact: true }).last().click();
  stage.isAway = false;
  await go("/computers?search=gone-&state=revoked");
  await page.getByText("1 – 50 of 120").filter({ visible: true }).first().waitFor();
});
await step("a run that is stopped goes on later", async () => {
  await go("/computers?search=crowd-");
  await page.getByRole("checkbox", { name: "Choose all of this page" }).click();
  stage.isAway = true;
  await button("Refresh now").click();
  await dialog().getByText("about 100 a second").waitFor();
  await askFor("stop_server");
  await dialog().getByRole("button", { name: "Refresh now" }).click();
  await dialog().getByText("The server does not answer just now.").waitFor();
  await dialog().getByRole("button", { name: "Stop" }).click();
  await dialog().getByText("Not all of it is done.").waitFor();
  await askFor("start_server");
  await dialog().getByRole("button", { name: /^Go on with the 50/ }).click();
  await dialog().getByText("All have been asked.").waitFor();
  need(await told("Done") === "50", await dialog().innerText());
  await dialog().getByRole("button", { name: "Close", exact: true }).last().click();
  stage.isAway = false;
});
await step("the list is saved as it is shown", async () => {
  await go("/computers?search=evil&sort=-name");
  await page.getByText("1 – 3 of 3").filter({ visible: true }).first().waitFor();
  const file = await saved(() => button("Save as CSV").click());
  // What trims takes the mark of Excel for a blank.
  const rows = file.text.trim().split("\r\n");
  need(file.name === "computers.csv" && rows.length === 4 && file.text.startsWith("\uFEFF"), file.text);
  need(rows[0] === "name,live,office,os_name,os_version,address,last_seen_at,state,id", rows[0]);
  need(rows.some((row) => row.startsWith("\"'=evil()\"")) && !/^"?[=+@-]/m.test(file.text.slice(1)), file.text);
});
await step("the keyboard chooses and commands", async () => {
  await go("/computers?search=crowd-");
  const box = page.getByRole("checkbox", { name: "Choose crowd-010" });
  await box.waitFor();
  await box.focus();
  await page.keyboard.press("Space");
  await statusOf("1 chosen").waitFor();
  await button("Move to another office").focus();
  await page.keyboard.press("Enter");
  await dialog().waitFor();
  need(await page.evaluate(() => document.querySelector("[role=dialog]").contains(document.activeElement)), "the dialog has not the focus");
  await page.keyboard.press("Escape");
  await dialog().waitFor({ state: "detached" });
  await statusOf("1 chosen").waitFor();
});
const { one } = await askFor("history");
await step("certificates have a history and can be saved", async () => {
  await go(`/computers/${one}?tab=certificate`);
  await page.getByText("In use", { exact: true }).or(page.getByText("Current", { exact: true })).first().waitFor();
  await page.getByText("Followed by a newer one").first().waitFor();
  const file = await saved(() => page.getByRole("button", { name: /^Save as PEM: certificate/ }).first().click());
  need(file.name.endsWith(".pem") && file.text.startsWith("-----BEGIN CERTIFICATE-----"), file.text);
  return { violations: await looked() };
});
await step("events have further pages", async () => {
  await go(`/computers/${one}?tab=events`);
  const rows = page.locator("tbody tr");
  await rows.nth(49).waitFor();
  await until(async () => await rows.count() === 50, `${await rows.count()} rows`);
  await button("Show more").click();
  await rows.nth(54).waitFor();
});
await step("a computer that told nothing says so", async () => {
  const { silent } = await askFor("silent");
  for (const tab of ["hardware", "software", "services", "users", "network"]) {
    await go(`/computers/${silent}?tab=${tab}`);
    await page.getByText("This has not arrived yet").waitFor();
  }
  await go(`/computers/${silent}?tab=certificate`);
  await page.getByText("No certificate").first().waitFor();
  await go(`/computers/${silent}?tab=events`);
  await page.getByText("Nothing has happened").first().waitFor();
});
for (const language of ["en", "ja"]) {
  await step(`the choice in ${language}`, async () => {
    await chooseLanguage(language);
    await go("/computers?search=crowd-&state=active");
    await page.locator("#choose-page").click();
    await page.locator(".w-bulk button", { hasText: language === "en" ? "Retire" : "管理を終了" }).click();
    await page.locator("#bulk-number").waitFor();
    await page.screenshot({ path: `${wanted.pictures}/computers-retire-${language}-wide.png` });
    const found = await looked();
    await page.keyboard.press("Escape");
    await page.setViewportSize(PHONE);
    await page.screenshot({ path: `${wanted.pictures}/computers-chosen-${language}-phone.png`, fullPage: true });
    found.push(...await looked());
    const missing = await page.evaluate(() => document.body.innerText.match(/\b(bulk|history)\.[a-zA-Z]+\b/g) ?? []);
    await page.setViewportSize(WIDE);
    need(missing.length === 0, `without words: ${missing}`);
    return { violations: found };
  });
}
await page.evaluate(() => localStorage.clear());
await step("who may only look sees no commands", async () => {
  const { user } = await askFor("guest");
  await page.context().close();
  page = (await newWindow()).page;
  await signIn(user);
  await go("/computers?search=crowd-", page);
  await page.getByRole("link", { name: "crowd-010" }).waitFor();
  await until(async () => await page.getByRole("checkbox").count() === 0 && await page.locator(".w-bulk").count() === 0, "a guest may choose");
  await saved(() => button("Save as CSV", page).click());
  await page.getByRole("link", { name: "crowd-010" }).click();
  await page.getByRole("heading", { level: 1, name: "crowd-010" }).waitFor();
  await until(async () => await page.getByRole("button", { name: "Actions", exact: true }).count() === 0, "a guest may command");
  await until(async () => await page.getByRole("tab", { name: "Events" }).count() === 0, "a guest is shown events");
});
await end();
