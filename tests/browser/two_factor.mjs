// The second factor in Chromium: set up, asked for, lost, required of all.
import { readFileSync } from "node:fs";

import {
  askFor, button, chooseLanguage, context, end, go, heading, look, need, page, signIn as fillIn, step, wanted, until,
} from "./kit.mjs";

async function signIn(user) {
  await go("/sign-in");
  await fillIn(user, wanted.password);
}

async function signOut() {
  await context.clearCookies();
}

// Several looks as one.
function together(...looks) {
  return Object.fromEntries(Object.keys(looks[0]).map((kind) => [kind, looks.flatMap((one) => one[kind])]));
}

// Through the set-up, wherever it is shown; the recovery codes.
async function setUp(name) {
  await page.locator("#proof").fill(wanted.password);
  await button("Next").click();
  const key = (await page.getByRole("textbox", { name: "Key" }).inputValue()).replaceAll(" ", "");
  need(/^[A-Z2-7]{32}$/.test(key), `the key is ${key}`);
  await page.locator("svg.w-qr path").waitFor();
  const seen = [await look(`${name}-device`, "en")];
  await page.locator("#new-code").fill((await askFor("wrong", { key })).code);
  await button("Switch on").click();
  await page.getByText("The code is wrong").waitFor();
  await page.locator("#new-code").fill((await askFor("code", { key })).code);
  await button("Switch on").click();
  await button("Done").waitFor();
  const codes = await page.locator(".w-codes li").allInnerTexts();
  need(codes.length === 10, `${codes.length} recovery codes`);
  await until(async () => await button("Done").isDisabled(), "one goes on without them");
  seen.push(await look(`${name}-codes`, "en"));
  const download = page.waitForEvent("download");
  await button("Download").click();
  const file = readFileSync(await (await download).path(), "utf8");
  need(codes.every((code) => file.includes(code)), "the file lacks codes");
  await page.getByRole("checkbox", { name: "I have stored these codes" }).check();
  await button("Done").click();
  return { key, codes, seen: together(...seen) };
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
  const seen = await look("two-factor-sign-in", "en");
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
    await chooseLanguage(language);
    await go("/two-factor");
    await page.locator("h2").nth(1).waitFor();
    const seen = await look("two-factor", language);
    await chooseLanguage("en");
    return seen;
  });
await step("it is required of everybody, knowingly", async () => {
  await go("/two-factor");
  await button("Require of every user").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(/of 2 users has none yet/).waitFor();
  await dialog.getByText("This can never be undone").waitFor();
  const submit = dialog.getByRole("button", { name: "Require of every user" });
  await until(async () => await submit.isDisabled(), "it is done without understanding");
  const seen = await look("two-factor-require", "en");
  await dialog.getByRole("checkbox").check();
  await submit.click();
  await page.getByText("Required of every user. This cannot be switched off.").waitFor();
  await until(async () => await button("Switch off").count() === 0, "it can be switched off");
  return seen;
});
await step("who has none sets it up before anything else", async () => {
  await signOut();
  await signIn("yamada");
  await heading("Two-factor authentication");
  const first = await look("two-factor-forced", "en");
  await go("/computers");
  await heading("Two-factor authentication");
  const made = await setUp("two-factor-forced");
  await heading("Computers");
  return together(first, made.seen);
});
await step("over HTTP one is led to HTTPS", async () => {
  await askFor("user", { name: "tanaka" });
  await page.goto(`${wanted.http}/sign-in`);
  await page.locator("#user").fill("tanaka");
  await page.locator("#password").fill(wanted.password);
  await button("Sign in").click();
  await page.getByText("it cannot be set up").waitFor();
});
await end();
