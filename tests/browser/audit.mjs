// Drives the audit log: found, looked at, taken away, verified, kept.
import { readFileSync } from "node:fs";
import { askFor, end, go, heading, lookAtAll, need, page, settled, shown, signIn, step, until, wanted } from "./kit.mjs";

const button = (name) => page.getByRole("button", { name, exact: true });
const rows = () => page.locator("tbody tr");

async function exported(format) {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    (async () => {
      await button("Export").click();
      await page.getByRole("menuitem", { name: format }).click();
    })(),
  ]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "utf8") };
}

const made = await askFor("prepare");
await go("/");
await signIn("admin", wanted.password);
await heading("Home");

await step("the log is filtered by the server, and the address keeps it", async () => {
  await go("/audit");
  await shown("Made a remote office").waitFor();
  await button("What: Anything").click();
  await page.getByRole("option", { name: "Changed a remote office", exact: true }).click();
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);
  await page.getByText("Remote office Osaka").waitFor();
  need(page.url().includes("action=office.change"), page.url());
  await page.getByRole("button", { name: "Clear all filters" }).click();
  await button("What: Anything").waitFor();
  await button("Outcome: Any outcome").click();
  await page.getByRole("option", { name: "Refused" }).click();
  await shown("Deleted a remote office").waitFor();
  await page.getByRole("textbox", { name: "Who: name or ID" }).fill("nobody");
  await page.getByText("No row matches").waitFor();
  await page.reload();
  await page.getByText("No row matches").waitFor();
  await go("/audit?from=2020-01-01T00:00&until=2020-01-02T00:00");
  await page.getByText("No row matches").waitFor();
  await go("/audit?address=127.0.0.1&action=office.create");
  await shown("Made a remote office").waitFor();
});
await step("one row shows what was before and after", async () => {
  await go("/audit?action=office.change");
  await page.getByRole("link", { name: /, row \d/ }).click();
  await heading("Changed a remote office");
  const change = page.getByRole("row", { name: /Name/ });
  need(/Osaka.*Kyoto/s.test(await change.last().innerText()), await change.last().innerText());
  await page.getByText("Changed", { exact: true }).waitFor();
  await page.getByRole("link", { name: "All that was done to this one" }).click();
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 2);
});
await step("the pages are turned", async () => {
  await go("/audit");
  await shown("1 – 50").waitFor();
  const first = await rows().first().innerText();
  await page.getByRole("button", { name: "Next page" }).click();
  await shown(/^51 – /).waitFor();
  await until(async () => await rows().first().innerText() !== first, "the page is the same");
  await page.getByRole("button", { name: "Previous page" }).click();
  await shown("1 – 50").waitFor();
});
await step("it is taken away as it is filtered", async () => {
  await go("/audit?action=office.change");
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);
  const csv = await exported("CSV");
  need(csv.name === "audit.csv" && csv.text.trim().split("\r\n").length === 2 && csv.text.includes("Kyoto"), JSON.stringify(csv));
  const lines = await exported("JSON lines");
  const [row, ...more] = lines.text.trim().split("\n").map((line) => JSON.parse(line));
  need(lines.name === "audit.jsonl" && more.length === 0 && row.after.name === "Kyoto", lines.text);
  await go("/audit?action=audit.export");
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 2);
});
await step("what somebody wrote is text", async () => {
  await go(`/audit?target=${made.hostile}`);
  await shown(wanted.hostile).waitFor();
  await until(async () => await page.locator("img, [onerror]").count() === 0, "a name became markup");
  await page.getByRole("link", { name: /, row \d/ }).first().click();
  await page.locator("td", { hasText: wanted.hostile }).waitFor();
  await until(async () => await page.locator("img, [onerror]").count() === 0, "a value became markup");
});
await step("a whole log is found whole", async () => {
  await go("/audit?tab=integrity");
  await button("Check now").click();
  await page.getByText("The audit log is whole").waitFor();
});
await step("it is kept for 750 days at most", async () => {
  await page.getByText("Rows are kept for 365 days.").waitFor();
  await page.getByText("The most is 750 days.").waitFor();
  await button("Change retention").click();
  for (const wrong of ["751", "29", "", "x"]) {
    await page.locator("#retention-days").fill(wrong);
    await until(async () => await button("Save").isDisabled(), `${wrong} days are taken`);
  }
  await page.locator("#retention-days").fill("100");
  await page.getByText("Rows older than 100 days are deleted within two hours").waitFor();
  await page.locator("#retention-days").fill("750");
  await button("Save").click();
  await page.getByText("Rows are kept for 750 days.").waitFor();
});
await lookAtAll({ audit: "/audit", "audit-integrity": "/audit?tab=integrity", "audit-row": `/audit/rows/${made.row}` });
await step("a row that is gone says so", async () => {
  for (const row of ["999999", "x"]) {
    await go(`/audit/rows/${row}`);
    await heading("There is no such row");
  }
});
await step("a changed row is named, with what to do", async () => {
  await askFor("tamper", { row: made.row });
  await go("/audit?tab=integrity");
  await button("Check now").click();
  await page.getByText(`Row ${made.row} was changed after it was written.`).waitFor();
  await page.getByText("Keep what is there").waitFor();
  await settled();
});
await end();
