// Drives the pages about software as administrators do.
import { askFor, complaints, end, go, heading, lookAtAll, need, page, shown, signIn, stage, step, until, wanted } from "./kit.mjs";

const table = (name) => page.getByRole("grid", { name });
const rows = (name) => table(name).locator("tbody tr");
const firstName = () => rows("Software over all computers").first().locator("td").first().innerText();

const made = await askFor("prepare");
await go("/");
await signIn("admin", wanted.password);
await heading("Home");

await step("the navigation leads to the list", async () => {
  await page.getByRole("link", { name: "Software", exact: true }).click();
  await heading("Software");
  await rows("Software over all computers").nth(49).waitFor();
  await shown(/1 – 50 of 122/).waitFor();
});

await step("the pages are turned", async () => {
  const before = await firstName();
  await page.getByRole("button", { name: "Next page" }).first().click();
  await shown(/51 – 100 of 122/).waitFor();
  await page.waitForFunction((name) => document.querySelector("tbody td")?.innerText !== name, before);
  await page.getByRole("button", { name: "Previous page" }).first().click();
  await shown(/1 – 50 of 122/).waitFor();
});

await step("the server searches and sorts, and the address keeps it", async () => {
  await page.getByRole("button", { name: "Computers", exact: true }).click();
  await page.waitForURL(/sort=-computers/);
  await page.waitForFunction(() => document.querySelector("tbody td")?.innerText === "shell");
  await page.getByRole("textbox", { name: "Part of the name" }).fill("AGE-11");
  await page.waitForURL(/search=AGE-11/);
  await shown(/1 – 11 of 11/).waitFor();
  await page.reload();
  await shown(/1 – 11 of 11/).waitFor();
});

await step("a search that finds nothing says so", async () => {
  await page.getByRole("textbox", { name: "Part of the name" }).fill("no such thing");
  await shown("No software matches").waitFor();
  await page.getByRole("button", { name: "Clear all filters" }).click();
  await shown(/1 – 50 of 122/).waitFor();
});

await step("a title shows its versions and who has it", async () => {
  await page.getByRole("link", { name: "shell", exact: true }).click();
  await heading("shell");
  await rows("Versions").nth(1).waitFor();
  const shares = await rows("Versions").evaluateAll((all) => all.map((row) => row.innerText.replaceAll(/\s+/g, " ")));
  need(/5\.2 2 .*67%/.test(shares[0]) && /5\.1 1 .*33%/.test(shares[1]), `versions: ${shares.join(" | ")}`);
  await until(async () => await rows("Computers that have it").count() === 3, "not three computers have it");
  await shown("Jan 2, 2026").waitFor();
});

await step("one version narrows who has it", async () => {
  await page.getByRole("button", { name: "Only this version: 5.1" }).click();
  await page.waitForURL(/version=\d+/);
  await page.waitForFunction(() => document.querySelectorAll("table")[1]?.querySelectorAll("tbody tr").length === 1);
  need((await rows("Computers that have it").innerText()).includes("desk-02.example"), "another computer has it");
  await shown("Version: 5.1").waitFor();
  await page.getByRole("button", { name: "Clear all filters" }).click();
  await page.waitForFunction(() => document.querySelectorAll("table")[1]?.querySelectorAll("tbody tr").length === 3);
});

await step("a change is seen", async () => {
  await askFor("upgrade");
  await page.reload();
  await page.waitForFunction(() => document.querySelector("table")?.querySelectorAll("tbody tr").length === 1);
  await shown("100%").waitFor();
});

await step("a hostile title is text", async () => {
  const before = complaints.length;
  await go(`/software/${made.hostile}`);
  await page.getByRole("heading", { level: 1 }).getByText(wanted.hostile, { exact: true }).waitFor();
  await page.getByText("<b>1</b>", { exact: true }).first().waitFor();
  await page.getByRole("link", { name: wanted.hostile }).first().click();
  await heading(wanted.hostile);
  need(complaints.length === before, `complaints: ${complaints.slice(before).join(" | ")}`);
});

await step("it is taken away as a file", async () => {
  await go("/software?search=shell");
  const coming = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as CSV" }).click();
  const stream = await (await coming).createReadStream();
  let text = "";
  for await (const part of stream) text += part;
  need(text === 'name,format,computers,versions\r\n"shell","dpkg",3,1\r\n', text);
});

await step("a computer's software leads to who else has it", async () => {
  await go(`/computers/${made.computer}?tab=software`);
  await page.getByRole("link", { name: "package-77", exact: true }).waitFor({ state: "attached", timeout: 1000 }).catch(() => undefined);
  await page.getByRole("textbox", { name: /^Filter/ }).fill("shell");
  await page.getByRole("link", { name: "shell", exact: true }).click();
  await heading("Software");
  await page.waitForURL(/\/software\?search=shell/);
  await shown(/1 – 1 of 1/).waitFor();
});

await lookAtAll({ software: "/software", "software-title": `/software/${made.shell}`, "software-missing": "/software/999999999" });

await step("stored inventories that are being counted are told of", async () => {
  await page.route("**/api/v1/software?*", (route) => route.fulfill({
    json: { items: [], next_cursor: null, total: 0, counting: { done: 1200, total: 5000 } },
  }));
  await go("/software");
  await shown("1,200 of 5,000 computers").waitFor();
  await shown("The first titles appear in a moment.").waitFor();
  await page.unroute("**/api/v1/software?*");
});

await step("it is counted again", async () => {
  stage.isAway = true;
  await askFor("count_again");
  await page.reload();
  await shown(/1 – 50 of 122/).waitFor({ timeout: 60_000 });
  stage.isAway = false;
});

await end();
