// Drives the settings and the own account as administrators do.
import { askFor, context, end, go, heading, lookAtAll, need, page, signIn, step, until, wanted } from "./kit.mjs";

const button = (name) => page.getByRole("button", { name, exact: true });
const field = (name) => page.locator(`#setting-${name}`);
const BROWSER = "<b>Elsewhere</b>/1.0";

await askFor("prepare");
await go("/");
await signIn("admin", wanted.password);
await heading("Home");

await step("a wrong value is told at its field and cannot be saved", async () => {
  await go("/settings/security");
  await heading("Security Settings");
  await until(async () => await field("password_minimum_length").inputValue() === "8", "another length");
  await until(async () => await button("Save").isDisabled(), "nothing can be saved");
  for (const [name, value, told] of [["password_minimum_length", "7", "from 8 to 128."], ["lockout_attempts", "many", "from 3 to 100."],
    ["session_idle_minutes", "0", "from 1 to 1440, or nothing."]]) {
    const before = await field(name).inputValue();
    await field(name).fill(value);
    await page.getByText(`A whole number ${told}`).waitFor();
    await until(async () => await button("Save").isDisabled(), `${name} takes ${value}`);
    await field(name).fill(before);
  }
});
await step("what will be saved is shown, saved and in force", async () => {
  await field("lockout_attempts").fill("9");
  await field("session_idle_minutes").fill("20");
  await page.getByText("Failed attempts until it locks: 5 → 9").waitFor();
  await page.getByText("as the configuration file → 20").waitFor();
  await button("Save").click();
  await page.getByText("The settings are saved and in force.").waitFor();
  await page.getByText("In force: 20 minutes.").waitFor();
  await page.reload();
  await field("lockout_attempts").waitFor();
  await until(async () => await field("lockout_attempts").inputValue() === "9", "it is not saved");
});
await step("somebody else's change is told and not overwritten", async () => {
  await askFor("change_settings", { group: "security", change: { password_history: 4 } });
  await field("lockout_attempts").fill("11");
  await button("Save").click();
  await page.getByText(/changed it meanwhile|has changed/).first().waitFor();
  await page.getByText(/second has changed Passwords that are remembered/).waitFor();
  need((await askFor("settings", { group: "security" })).lockout_attempts === 9, "it was overwritten");
  await button("Look at it again").click();
  await page.waitForFunction(() => document.querySelector("#setting-password_history")?.value === "4");
  await until(async () => await field("lockout_attempts").inputValue() === "9", "the own wish stays");
  await field("lockout_attempts").fill("5");
  await button("Save").click();
  await page.getByText("The settings are saved and in force.").waitFor();
});
await step("the configuration file wins and it says so", async () => {
  await field("session_longest_hours").fill("48");
  await button("Save").click();
  await page.getByText("In force: 12 hours. The configuration file is stricter.").waitFor();
  await field("session_longest_hours").fill("");
  await button("Save").click();
  await page.getByText("The configuration file is stricter.").waitFor({ state: "detached" });
});
await step("the refresh cycle is set, names are shown", async () => {
  await go("/settings/server");
  await heading("Server Settings");
  await page.getByText("127.0.0.1, localhost").waitFor();
  await field("refresh_minutes").fill("60");
  await button("Save").click();
  await page.getByText("In force: 60 minutes.").waitFor();
  need((await askFor("settings", { group: "server" })).in_force.refresh_seconds === 3600, "it is not in force");
});
await step("a new least length is what a short password is told", async () => {
  await askFor("change_settings", { group: "security", change: { password_minimum_length: 40 } });
  await go("/account");
  await page.locator("#current").fill(wanted.password);
  await page.locator("#new").fill("a sentence of several words");
  await page.locator("#again").fill("a sentence of several words");
  await button("Change password").click();
  await page.getByText("Use at least 40 characters").waitFor();
  await askFor("change_settings", { group: "security", change: { password_minimum_length: 8 } });
});
await step("a session elsewhere is seen and ended", async () => {
  await askFor("sign_in_elsewhere", { agent: BROWSER });
  await go("/account");
  const row = page.getByRole("row").filter({ hasText: BROWSER });
  await row.waitFor();
  await until(async () => await page.locator("td b").count() === 0, "a program's name became markup");
  await page.getByText("This one").waitFor();
  await row.getByRole("button", { name: /^End/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End", exact: true }).click();
  await row.waitFor({ state: "detached" });
  need((await askFor("elsewhere_status")).status === 401, "it goes on");
  await askFor("sign_in_elsewhere", { agent: BROWSER });
  await page.reload();
  await button("End all other sessions").click();
  await page.getByRole("dialog").getByRole("button", { name: "End", exact: true }).click();
  await button("End all other sessions").waitFor({ state: "detached" });
  need((await askFor("elsewhere_status")).status === 401, "it goes on");
});
await lookAtAll({ "security-settings": "/settings/security", "server-settings": "/settings/server", account: "/account" });
await step("who may only read changes nothing", async () => {
  await context.clearCookies();
  await go("/settings/security");
  await signIn("auditor", wanted.password);
  await heading("Security Settings");
  await page.getByText("Your role may read these settings and not change them.").waitFor();
  await until(async () => await button("Save").count() === 0, "there is a button");
  need(await field("lockout_attempts").getAttribute("readonly") !== null, "the field can be edited");
});
await end();
