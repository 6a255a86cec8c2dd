// Drives the page Enrolment as administrators do: tokens, the lines to paste,
// revoking.
import {
  askFor, chooseLanguage, context, end, go, heading, look, need, newWindow, page, settled, shown, signIn, stage, step, until, wanted,
} from "./kit.mjs";

const WORDS = {
  en: { create: "New token", make: "Make the token", done: "Done", cancel: "Cancel", installer: "Agent installer", close: "Close",
    actions: /^Actions/, revoke: "Revoke" },
  ja: { create: "トークンの作成", make: "トークンを作成", done: "完了", cancel: "キャンセル", installer: "エージェントのインストーラー",
    close: "閉じる", actions: /^操作/, revoke: "失効" },
};
const button = (name, of = page) => of.getByRole("button", { name, exact: true });
const dialog = (of = page) => of.getByRole("dialog");
const cell = (text, of = page) => of.locator("td", { hasText: text });
const row = (text, of = page) => of.locator("tbody tr", { hasText: text });
const command = () => page.locator(".pf-v6-c-clipboard-copy__expandable-content").filter({ visible: true }).innerText();
const secretIn = (text) => /'(wft_[a-z0-9]+)'/.exec(text)?.[1] ?? "";

async function choose(id, option) {
  await page.locator(`#${id}`).click();
  await page.getByRole("option", { name: option, exact: true }).click();
}

async function filterBy(label, option) {
  await page.getByRole("button", { name: label }).click();
  await page.getByRole("option", { name: option, exact: true }).click();
}

// Fills the dialog that is open, and takes what comes.
async function make({ server, comment, uses }) {
  if (server) await page.locator("#token-server").fill(server);
  if (comment) await page.locator("#token-comment").fill(comment);
  if (uses) await page.locator("#token-uses").fill(String(uses));
  await button("Make the token").click();
  await shown("is not shown again").waitFor();
}

const made = await askFor("prepare");
await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: wanted.https });
await go("/");
await signIn("admin", wanted.password);
await heading("Home");

for (const [language, words] of Object.entries(WORDS)) {
  await step(`page enrolment-empty ${language}`, async () => {
    await chooseLanguage(language);
    await go("/enrolment");
    await page.getByRole("heading", { level: 2 }).waitFor();
    return look("enrolment-empty", language);
  });
  await step(`page enrolment-dialog ${language}`, async () => {
    await button(words.create).click();
    await page.locator("#token-server").waitFor();
    await page.locator("#token-office").waitFor();
    const seen = await look("enrolment-dialog", language);
    await button(words.cancel).click();
    return seen;
  });
  await step(`page enrolment-installer ${language}`, async () => {
    await button(words.installer).click();
    await dialog().getByRole("link", { name: "warifu-install.sh" }).waitFor();
    const seen = await look("enrolment-installer", language);
    await button(words.close, dialog().locator("footer")).click();
    return seen;
  });
}
await chooseLanguage("en");

await step("a name that is none makes no token", async () => {
  await go("/enrolment");
  await button("New token").click();
  await page.locator("#token-server").fill("x'; reboot; '");
  await shown("Letters, digits, dots and hyphens").waitFor();
  await until(async () => await button("Make the token").isDisabled(), "the button is alive");
  await button("Cancel").click();
  await page.getByRole("heading", { level: 2, name: "There is no token" }).waitFor();
});

await step("the installer is taken away as the server tells of it", async () => {
  await button("Agent installer").click();
  const told = await askFor("installer", { server: "" });
  for (const [name, of] of [["warifu-install.sh", told.script], ["warifu-agent.tar.gz", told.archive]]) {
    const waiting = page.waitForEvent("download");
    await dialog().getByRole("link", { name }).click();
    const download = await waiting;
    need(download.suggestedFilename() === name, download.suggestedFilename());
    need((await askFor("sha256", { path: await download.path() })).sha256 === of.sha256, `${name} is another file`);
    await dialog().getByText(of.sha256).waitFor();
  }
  await button("Close", dialog().locator("footer")).click();
});

await step("a token comes with the line to paste", async () => {
  await button("New token").click();
  await make({ server: "central.example.net", comment: "first floor" });
  await heading("Enrol computers now");
  await shown("The script's SHA-256").waitFor();
  const told = await askFor("installer", { server: "central.example.net" });
  const line = await command(), secret = secretIn(line);
  need(secret && line === told.commands.curl.replace("TOKEN", secret), `${line}\n${told.commands.curl}`);
  await page.getByRole("button", { name: "Copy" }).first().click();
  await until(async () => await page.evaluate(() => navigator.clipboard.readText()) === line, "something else was copied");
  await page.getByRole("tab", { name: "With wget" }).click();
  await page.waitForFunction(() => /wget -q/.test(document.body.innerText));
  await until(async () => await command() === told.commands.wget.replace("TOKEN", secret), await command());
  await page.getByRole("tab", { name: "The agent is installed" }).click();
  await page.waitForFunction(() => /--bootstrap-file/.test(document.body.innerText));
  need((await command()).includes(`"token":"${secret}"`), await command());
  await button("Done").click();
  await heading("Enrolment");
  const mine = row("first floor");
  for (const text of ["Local Office", "Usable", "10 of 10", "admin"]) await cell(text, mine).first().waitFor();
  const kept = await page.evaluate(() => document.documentElement.outerHTML + location.href + JSON.stringify(localStorage) + JSON.stringify(sessionStorage));
  need(!kept.includes(secret), "the secret stays behind");
});

for (const [language, words] of Object.entries(WORDS)) {
  await step(`page enrolment-made ${language}`, async () => {
    await chooseLanguage(language);
    await go("/enrolment");
    await button(words.create).click();
    await page.locator("#token-office").waitFor();
    await button(words.make).click();
    await button(words.done).waitFor();
    await page.locator(".pf-v6-c-clipboard-copy").first().waitFor();
    const seen = await look("enrolment-made", language);
    await button(words.done).click();
    return seen;
  });
}
await chooseLanguage("en");

if (wanted.isRoot)
  await step("the line enrols a computer, and the token is used up", async () => {
    await go("/enrolment");
    await button("New token").click();
    await make({ comment: "for one", uses: 1 });
    await shown("The script's SHA-256").waitFor();
    const done = await askFor("run", { line: await command() });
    need(done.code === 0, done.text);
    await go(`/computers/${done.computer}`);
    await page.getByText("Managed", { exact: true }).first().waitFor();
    await go("/enrolment");
    await cell("Used up", row("for one")).waitFor();
    await cell("0 of 1", row("for one")).waitFor();
    await until(async () => await row("for one").getByRole("button").count() === 0, "what is used up can be revoked");
  });

await step("a token of another office", async () => {
  await go("/enrolment");
  await button("New token").click();
  await choose("token-office", "Osaka");
  await make({ comment: "to Osaka" });
  await button("Done").click();
  await cell("Osaka", row("to Osaka")).first().waitFor();
});

await step("revoking says what it does, and does it", async () => {
  await go("/enrolment");
  const mine = row("first floor");
  const begin = async () => {
    await mine.getByRole("button", { name: "Actions: Local Office" }).click();
    await page.getByRole("menuitem", { name: "Revoke" }).click();
    await dialog().getByText("It could still let 10 computers in.").waitFor();
    await dialog().getByText("first floor").waitFor();
  };
  await begin();
  await button("Cancel").click();
  await cell("Usable", mine).waitFor();
  await begin();
  const seen = await look("enrolment-revoke", "en");
  await button("Revoke", dialog()).click();
  await cell("Revoked", mine).waitFor();
  await until(async () => await mine.getByRole("button").count() === 0, "what is revoked can be revoked again");
  return seen;
});

await step("a computer enrols once more from its page", async () => {
  const { computer } = await askFor("one_computer");
  await go(`/computers/${computer}`);
  await button("Actions").click();
  await page.getByRole("menuitem", { name: "Enrol again…" }).click();
  await shown("A token for this one computer").waitFor();
  await until(async () => await page.locator("#token-uses").count() === 0, "uses are asked for");
  await button("Make the token").click();
  await shown("is not shown again").waitFor();
  await page.locator(".pf-v6-c-clipboard-copy").first().waitFor();
  need(/ --reenrol --token-file -\)$/.test(await command()), await command());
  const seen = await look("enrolment-again", "en");
  await button("Close", dialog().locator("footer")).click();
  await go("/enrolment");
  await page.getByRole("link", { name: "desk-01.example" }).click();
  await heading("desk-01.example");
  return seen;
});

await step("a computer is found for a token of its own", async () => {
  await go("/enrolment");
  await button("New token").click();
  await page.locator("#token-kind-computer").check();
  await page.locator("#token-search").fill("no such");
  await page.getByRole("button", { name: "Computer: No computer fits" }).waitFor();
  await page.locator("#token-search").fill("desk-01");
  await page.getByRole("button", { name: "Computer: Choose a computer" }).waitFor();
  await until(async () => await button("Make the token").isDisabled(), "a token for nobody");
  await choose("token-computer", "desk-01.example");
  await button("Make the token").click();
  await shown("is not shown again").waitFor();
  await button("Done").click();
  const mine = row("desk-01.example").first();
  await mine.getByRole("button", { name: "Actions: desk-01.example" }).click();
  await page.getByRole("menuitem", { name: "Revoke" }).click();
  await dialog().getByText("The computer cannot enrol once more with it.").waitFor();
  await button("Cancel").click();
});

await step("the list has pages and filters that the address keeps", async () => {
  stage.isAway = true;
  await askFor("many");
  await go("/enrolment");
  await cell("number 24.").waitFor();
  stage.isAway = false;
  await until(async () => await cell("number 0.").count() === 0, "one page holds all");
  await page.getByRole("button", { name: "Next page" }).click();
  await cell("number 0.").waitFor();
  await cell("Revoked").first().waitFor();
  await cell("Expired").first().waitFor();
  await page.getByRole("button", { name: "Previous page" }).click();
  await cell("number 24.").waitFor();
  await filterBy(/^State:/, "Usable");
  await page.waitForURL(/state=usable/);
  await page.getByRole("button", { name: "Next page" }).click();
  await cell("number 0.").waitFor();
  for (const text of ["Revoked", "Used up", "Expired"]) await until(async () => await cell(text).count() === 0, `the filter lets ${text} through`);
  await filterBy(/^Remote office:/, "Osaka");
  await cell("to Osaka").waitFor();
  await until(async () => await page.locator("tbody tr").count() === 1, "the filter lets another office through");
  await page.reload();
  await cell("to Osaka").waitFor();
  await until(async () => await page.locator("tbody tr").count() === 1, "the address keeps nothing");
  await filterBy(/^Remote office:/, "Kobe");
  await page.getByRole("heading", { level: 2, name: "No token fits" }).waitFor();
  await button("Clear all filters").click();
  await cell("number 24.").waitFor();
});

for (const language of Object.keys(WORDS))
  await step(`page enrolment-list ${language}`, async () => {
    await chooseLanguage(language);
    await go("/enrolment");
    await cell("number 24.").waitFor();
    return look("enrolment-list", language);
  });
await chooseLanguage("en");

await step("who is limited to an office makes tokens for that one alone", async () => {
  const other = await newWindow();
  await go("/", other.page);
  await signIn("yamada", wanted.password, other.page);
  await other.page.locator("#main h1").waitFor();
  await go("/enrolment", other.page);
  await cell("to Osaka", other.page).waitFor();
  await until(async () => await other.page.locator("tbody tr").count() === 1, "tokens of other offices are shown");
  await button("New token", other.page).click();
  await other.page.locator("#token-office").click();
  const osaka = other.page.getByRole("option", { name: "Osaka", exact: true });
  await osaka.waitFor();
  await until(async () => await other.page.getByRole("option").count() === 1, "other offices can be chosen");
  await osaka.click();
  await other.page.locator("#token-comment").fill("by yamada");
  await button("Make the token", other.page).click();
  await shown("is not shown again", other.page).waitFor();
  await button("Done", other.page).click();
  await cell("Osaka", row("by yamada", other.page)).first().waitFor();
  await other.context.close();
});

for (const [name, sees] of [["auditor", "the list alone"], ["clerk", "no way to revoke"], ["nameless", "no names of offices"]])
  await step(`${name} has ${sees}`, async () => {
    const other = await newWindow();
    await go("/", other.page);
    await signIn(name, wanted.password, other.page);
    await other.page.locator("#main h1").waitFor();
    await go("/enrolment", other.page);
    await row(name === "nameless" ? "to Osaka" : "number 24.", other.page).waitFor();
    await settled(other.page);
    await until(async () => await button("New token", other.page).count() === (name === "auditor" ? 0 : 1), "New token");
    await until(async () => await other.page.getByRole("button", { name: /^Actions/ }).count() === 0, "Revoke is there");
    if (name === "nameless") {
      await button("New token", other.page).click();
      await other.page.locator("#token-comment").fill("by nameless");
      await button("Make the token", other.page).click();
      await shown("is not shown again", other.page).waitFor();
      need((await askFor("office_of", { comment: "by nameless" })).office === made.osaka, "it is for another office");
    }
    await other.context.close();
  });

await step("over HTTP it leads to the configured HTTPS port", async () => {
  const other = await newWindow();
  await other.page.goto(`${wanted.http}/enrolment`);
  await signIn("admin", wanted.password, other.page);
  await heading("Enrolment", other.page);
  const leads = async (of) => {
    const link = of.getByRole("link", { name: "Open over HTTPS" });
    await link.waitFor();
    need(await link.getAttribute("href") === `${wanted.https}/`, await link.getAttribute("href"));
  };
  await button("New token", other.page).click();
  await leads(dialog(other.page));
  await until(async () => await button("Make the token", other.page).isDisabled(), "a token is made over HTTP");
  await button("Cancel", other.page).click();
  await button("Agent installer", other.page).click();
  await leads(dialog(other.page));
  await other.page.goto(`${wanted.http}/two-factor`);
  await button("Set up", other.page).click();
  await leads(other.page);
  await other.page.getByRole("link", { name: "Open over HTTPS" }).click();
  await other.page.waitForURL(`${wanted.https}/**`);
  await other.page.locator("#user").waitFor();
  await other.context.close();
});

await step("without an archive it says what is missing", async () => {
  stage.isAway = true;
  const { path } = await askFor("remove_archive");
  await go("/enrolment");
  await button("Agent installer").click();
  await dialog().getByText(path).waitFor();
  stage.isAway = false;
  await button("Close", dialog().locator("footer")).click();
  await button("New token").click();
  await page.locator("#token-office").waitFor();
  await button("Make the token").click();
  await shown("There is no installer").waitFor();
  await shown(path).waitFor();
  await page.getByRole("tab", { name: "The agent is installed" }).click();
  await page.waitForFunction(() => /--bootstrap-file/.test(document.body.innerText));
  await button("Done").click();
});
await end();
