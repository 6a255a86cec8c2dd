// Drives users, roles, API tokens and remote offices as administrators do.
import { askFor, chooseLanguage, context, end, go, heading, look, lookAtAll, need, newWindow, page, settled, shown, signIn, step, until, wanted } from "./kit.mjs";

const button = (name, of = page) => of.getByRole("button", { name, exact: true });
const dialog = (of = page) => of.getByRole("dialog");
const cell = (text, of = page) => of.locator("td", { hasText: text });

async function choose(id, option, of = page) {
  await of.locator(`#${id}`).click();
  await of.getByRole("option", { name: option, exact: true }).click();
}

async function act(name, action, of = page) {
  await of.getByRole("button", { name: `Actions: ${name}` }).click();
  await of.getByRole("menuitem", { name: action, exact: true }).click();
}

async function closed(of = page) {
  await dialog(of).waitFor({ state: "detached" });
}

async function signOutAndIn(user, password, of) {
  await of.context().clearCookies();
  await go("/", of);
  await signIn(user, password, of);
}

const made = await askFor("prepare");
const other = await newWindow();
await go("/");
await signIn("admin", wanted.password);
await heading("Home");

await step("a user is made, after refusals in words", async () => {
  await go("/users");
  await button("New user").click();
  await page.locator("#user-name").fill("ADMIN");
  await page.locator("#user-password").fill("short");
  await choose("user-role", "Technician");
  await button("New user", dialog()).click();
  await page.getByText("Use at least 8 characters").waitFor();
  await page.locator("#user-password").fill(wanted.password);
  await button("New user", dialog()).click();
  await page.getByText("is there already").waitFor();
  // As many characters as the field takes, and three times as many bytes.
  await page.locator("#user-name").fill("割".repeat(500));
  need((await page.locator("#user-name").inputValue()).length === 128, "the field takes any length");
  await button("New user", dialog()).click();
  await page.getByText("Check the fields").waitFor();
  await page.locator("#user-name").fill("suzuki");
  await page.locator("#user-scope-some").check();
  await until(async () => await button("New user", dialog()).isDisabled(), "a scope of nothing is taken");
  await page.getByRole("checkbox", { name: "Osaka" }).check();
  const picture = await look("user-create", "en");
  await button("New user", dialog()).click();
  await page.getByText("The user suzuki has been made.").waitFor();
  await closed();
  const row = page.getByRole("row", { name: /suzuki/ });
  await row.getByText("Technician").waitFor();
  await row.getByText("Osaka").waitFor();
  await row.getByText("Has to change the password").waitFor();
  return picture;
});

await step("the new user changes the password first", async () => {
  await go("/", other.page);
  await signIn("suzuki", wanted.password, other.page);
  await other.page.getByText("Choose your own before you go on").waitFor();
  await other.page.locator("#current").fill(wanted.password);
  await other.page.locator("#new").fill(wanted.own);
  await other.page.locator("#again").fill(wanted.own);
  await other.page.locator("button[type=submit]").click();
  await heading("Home", other.page);
  await until(async () => await other.page.getByRole("link", { name: "Enrolment", exact: true }).count() === 1, "a Technician has no Enrolment");
  await until(async () => await other.page.getByRole("link", { name: "Users", exact: true }).count() === 0, "a Technician has Users");
}, other.page);

await step("a change of role counts in an open session", async () => {
  await go("/enrolment", other.page);
  await heading("Enrolment", other.page);
  await go("/users");
  await act("suzuki", "Change name, role and scope");
  await choose("edit-role", "Guest");
  await button("Save").click();
  await closed();
  await page.getByRole("row", { name: /suzuki/ }).getByText("Guest").waitFor();
  // The open page hears of it by itself.
  await other.page.getByText("Enrolment: not for your role").waitFor();
  await other.page.getByText("Your role Guest").waitFor();
  await other.page.getByRole("link", { name: "Enrolment", exact: true }).waitFor({ state: "detached" });
}, other.page);

await step("of two administrators the slower hears who changed what", async () => {
  await go(`/users/${made.yamada}`);
  await heading("yamada");
  await act("yamada", "Change name, role and scope");
  await choose("edit-role", "Auditor");
  await askFor("change_user", { ident: made.yamada, change: { scope: null } });
  await button("Save").click();
  await page.getByText("Somebody else has changed this meanwhile").waitFor();
  await page.getByText(/second has changed Scope/).waitFor();
  await button("Look at it again").click();
  await page.getByText("Somebody else has changed this meanwhile").waitFor({ state: "detached" });
  await until(async () => await page.locator("#edit-scope-all").isChecked(), "the other's change is not shown");
  await choose("edit-role", "Auditor");
  await button("Save").click();
  await closed();
  await page.locator("dd", { hasText: "Auditor" }).waitFor();
});

await step("a script in names is text", async () => {
  for (const path of ["/users", `/users/${made.hostile}`, "/roles", `/roles/${made.bad_role}`, "/api-tokens?of=all", "/offices",
    `/offices/${made.bad_office}`, "/audit", `/audit?target=${made.hostile}`]) {
    await go(path);
    await settled();
    await shown(wanted.hostile).waitFor();
    await until(async () => await page.locator("img, [onerror], a[href^=javascript]").count() === 0, `${path} became markup`);
  }
});

await step("another password ends the sessions", async () => {
  await go("/users");
  await act("suzuki", "Set a password");
  await page.locator("#set-password").fill("another pass phrase");
  await page.locator("#set-must-change").uncheck();
  await button("Set a password", dialog()).click();
  await page.getByText("suzuki has another password.").waitFor();
  await go("/computers", other.page);
  await heading("Sign in", other.page);
  await signIn("suzuki", "another pass phrase", other.page);
  await heading("Computers", other.page);
}, other.page);

await step("a user is disabled and enabled", async () => {
  await act("suzuki", "Disable");
  await page.getByText("every session ends at once").waitFor();
  await button("Disable", dialog()).click();
  await closed();
  await page.getByRole("row", { name: /suzuki/ }).getByText("Disabled").waitFor();
  await go("/computers", other.page);
  await heading("Sign in", other.page);
  await act("suzuki", "Enable");
  await button("Enable", dialog()).click();
  await closed();
  await signOutAndIn("suzuki", "another pass phrase", other.page);
  await heading("Home", other.page);
});

await step("nobody changes the own account", async () => {
  await go("/users");
  await page.getByRole("row", { name: /admin/ }).getByText("You").waitFor();
  await until(async () => await page.getByRole("button", { name: "Actions: admin" }).count() === 0, "there are actions");
});

await step("the server sorts users, and the address keeps it", async () => {
  const first = () => page.locator("tbody tr td a").first().innerText();
  const by = (name) => page.getByRole("columnheader", { name }).getByRole("button");
  await go("/users");
  await page.getByRole("link", { name: "yamada", exact: true }).waitFor();
  const all = await page.locator("tbody tr").count();
  await by("User name").click();
  await page.waitForURL(/sort=-name/);
  await page.waitForFunction(() => document.querySelector("tbody tr td a")?.innerText === "yamada");
  await by("Last sign-in").click();
  await page.waitForURL(/sort=-last_sign_in_at/);
  await page.waitForFunction(() => !/Never/.test(document.querySelector("tbody tr")?.innerText ?? "Never"));
  await by("Role").click();
  await page.waitForURL(/sort=role/);
  // As roles themselves are: those that are always there, then the others.
  await page.waitForFunction(() => {
    const order = ["Administrator", "Technician", "Auditor", "Guest"];
    const ranks = [...document.querySelectorAll("tbody tr td:nth-child(2)")].map((one) => order.indexOf(one.innerText.trim()))
      .map((rank) => (rank < 0 ? order.length : rank));
    return ranks.length > 3 && ranks.at(-1) === order.length && ranks.every((rank, index) => index === 0 || ranks[index - 1] <= rank);
  });
  const before = await first();
  await page.reload();
  await page.getByRole("columnheader", { name: "Role" }).and(page.locator("[aria-sort=ascending]")).waitFor();
  await until(async () => await first() === before && await page.locator("tbody tr").count() === all, "the order is another after a reload");
});

await step("users are found by name and role", async () => {
  await page.getByRole("textbox", { name: "Part of the name" }).fill("YAMA");
  await cell("suzuki").waitFor({ state: "detached" });
  await cell("yamada").waitFor();
  need(page.url().includes("search=YAMA"), page.url());
  await page.getByRole("textbox", { name: "Part of the name" }).fill("nobody at all");
  await page.getByText("No user matches").waitFor();
});

await step("a deleted user is gone with sessions and tokens", async () => {
  await go("/users?search=suzuki");
  await act("suzuki", "Delete");
  await page.getByText("all API tokens of the user stop working").waitFor();
  const picture = await look("user-delete", "en");
  await button("Delete", dialog()).click();
  await page.getByText("No user matches").waitFor();
  await go("/computers", other.page);
  await heading("Sign in", other.page);
  return picture;
}, other.page);

await step("roles come by what they may, in each language", async () => {
  const names = () => page.locator("tbody tr td:first-child").allInnerTexts();
  for (const [language, order] of [["ja", "管理者 技術者 監査者 ゲスト"], ["en", "Administrator Technician Auditor Guest"]]) {
    await chooseLanguage(language);
    await go("/roles");
    await page.getByRole("link", { name: wanted.hostile }).waitFor();
    need((await names()).map((name) => name.trim()).join(" ") === `${order} ${wanted.hostile} Night shift`, (await names()).join(" "));
    await go("/users");
    await page.locator("button[aria-label$=': すべてのロール'], button[aria-label$=': Any role']").click();
    const options = async () => (await page.getByRole("option").allInnerTexts()).slice(1, 5).map((name) => name.trim()).join(" ");
    await until(async () => await options() === order, "roles to choose from come in another order");
  }
});

await step("a role is copied, changed and deleted", async () => {
  await go("/roles");
  await act("Technician", "Copy");
  await until(async () => await page.locator("#role-name").inputValue() === "Copy of Technician", "the copy has no name");
  await page.locator("#role-name").fill("Help Desk");
  await page.getByRole("radio", { name: "Audit log: Read" }).check();
  await until(async () => await page.getByRole("radio", { name: "Security settings: Write" }).isDisabled(), "security may be given");
  const picture = await look("role-edit", "en");
  await button("Save").click();
  await page.getByText("The role has been made.").waitFor();
  await page.getByRole("link", { name: "Help Desk" }).click();
  await heading("Help Desk");
  await page.getByRole("img", { name: "Audit log: Read" }).waitFor();
  await act("Help Desk", "Change");
  await page.getByRole("radio", { name: "Audit log: None" }).check();
  await button("Save").click();
  await page.getByRole("img", { name: "Audit log: None" }).waitFor();
  await act("Help Desk", "Delete");
  await button("Delete", dialog()).click();
  await heading("Roles");
  await page.getByRole("link", { name: "Help Desk" }).waitFor({ state: "detached" });
  return picture;
});

await step("a role that somebody got meanwhile stays, and says who has it", async () => {
  await act("Night shift", "Delete");
  await askFor("change_user", { ident: made.yamada, change: { role_id: made.night } });
  await button("Delete", dialog()).click();
  await page.getByText("Give them another one first").waitFor();
  await page.getByText("They have it: yamada.").waitFor();
  await button("Cancel").click();
});

await step("a built-in role stays as it is", async () => {
  await page.getByRole("button", { name: "Actions: Guest" }).click();
  await until(async () => await page.getByRole("menuitem").count() === 1, "more than copying is offered");
  await page.keyboard.press("Escape");
});

await step("an API token's secret is shown once and works", async () => {
  await go("/api-tokens");
  await button("New API token").click();
  await page.locator("#api-token-name").fill("nightly report");
  await choose("api-token-role", "Auditor");
  await button("Make the API token").click();
  await page.getByText("is not shown again").waitFor();
  const secret = await page.getByRole("textbox", { name: "The API token's secret" }).inputValue();
  need(/^wfa_/.test(secret), secret);
  const picture = await look("api-token-made", "en");
  need((await askFor("use_token", { secret })).role === "auditor", "the token has another role");
  await button("Close", dialog()).last().click();
  await cell("nightly report").waitFor();
  need(!(await page.content()).includes(secret), "the secret is still in the page");
  await page.getByRole("tab", { name: "Everybody's" }).click();
  await page.getByRole("row", { name: /nightly report/ }).getByRole("link", { name: "admin" }).waitFor();
  await act("nightly report", "Delete");
  await button("Delete", dialog()).click();
  await cell("nightly report").waitFor({ state: "detached" });
  need((await askFor("use_token", { secret })).status === 401, "the token still works");
  return picture;
});

await step("API tokens are found by a part of the name", async () => {
  const search = () => page.getByRole("textbox", { name: "Part of the name" });
  await askFor("make_token", { name: "weekly report" });
  await go("/api-tokens");
  await cell("weekly report").waitFor();
  await search().fill("ONERROR");
  await cell("weekly report").waitFor({ state: "detached" });
  await cell(wanted.hostile).waitFor();
  need(page.url().includes("search=ONERROR"), page.url());
  await search().fill("no token at all");
  await page.getByText("No API token matches").waitFor();
  await go("/api-tokens?of=all&search=Weekly");
  await cell("weekly report").waitFor();
  await until(async () => await page.locator("tbody tr").count() === 1, "others are there too");
  need(await search().inputValue() === "Weekly", "what is searched is not shown");
  await page.getByRole("button", { name: "Clear the search" }).click();
  await cell(wanted.hostile).waitFor();
});

await step("an office that is a scope stays, and says whose", async () => {
  await askFor("limit_token", { name: "report of the office", office: made.bad_office });
  await go(`/offices/${made.bad_office}`);
  await page.getByRole("heading", { name: "API tokens whose scope it is in" }).waitFor();
  await cell("report of the office").waitFor();
  await act(wanted.hostile, "Delete");
  await button("Delete", dialog()).click();
  await page.getByText(`Users: ${wanted.hostile}.`).waitFor();
  await page.getByText("API tokens: report of the office (admin).").waitFor();
  const picture = await look("office-in-scope", "en");
  await button("Cancel").click();
  return picture;
});

await step("an office is looked at, and renamed by two", async () => {
  await go("/offices");
  await page.getByRole("link", { name: "Osaka", exact: true }).click();
  await heading("Osaka");
  await page.locator("td", { hasText: "kobayashi" }).waitFor();
  await act("Osaka", "Rename");
  await page.locator("#office-name").fill("Umeda");
  await askFor("rename_office", { ident: made.osaka, name: "Namba" });
  await button("Save").click();
  await page.getByText(/second has changed Name/).waitFor();
  await button("Look at it again").click();
  await page.getByText("Rename Namba").waitFor();
  await until(async () => await page.locator("#office-name").inputValue() === "Namba", "the other's name is not shown");
  await page.locator("#office-name").fill("Osaka");
  await button("Save").click();
  await heading("Osaka");
  await page.getByRole("link", { name: "1 computer" }).click();
  await page.getByRole("link", { name: "desk-01.example" }).waitFor();
});

await lookAtAll({
  users: "/users", user: `/users/${made.yamada}`, roles: "/roles", role: `/roles/${made.night}`,
  "api-tokens": "/api-tokens", "api-tokens-all": "/api-tokens?of=all", office: `/offices/${made.osaka}`,
});

await step("what is gone says so", async () => {
  for (const [path, title] of [["/users/x", "There is no such user"], [`/roles/${made.yamada}`, "There is no such role"],
    ["/offices/00000000-0000-7000-8000-00000000dead", "There is no such remote office"]]) {
    await go(path);
    await heading(title);
  }
});

await step("users and roles work by keyboard", async () => {
  await go("/users");
  await heading("Users");
  await page.getByRole("button", { name: "Actions: yamada" }).focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement?.getAttribute("role") === "menuitem");
  await page.keyboard.press("Enter");
  await dialog().waitFor();
  await page.waitForFunction(() => document.querySelector("[role=dialog]")?.contains(document.activeElement));
  await page.keyboard.press("Escape");
  await closed();
});
await context.close();
await end();
