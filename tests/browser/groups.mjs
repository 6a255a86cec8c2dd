// Groups of computers in Chromium: made, filled, followed by criteria, deleted.
import { askFor, button, chooseLanguage, end, go, heading, look, lookAtAll, need, newWindow, page, settled, shown, signIn, step, until, wanted } from "./kit.mjs";

const SCRIPT = "<script>alert('割符')</script>";
const made = await askFor("prepare");

await go("/");
await signIn("admin", wanted.password);
await heading("Home");

await step("no group yet: the page says what groups are for", async () => {
  await go("/groups");
  await heading("Groups");
  await shown("There is no group yet").waitFor();
  await shown("users may be limited to a static one").waitFor();
});

await step("a static group is made and filled", async () => {
  await page.getByRole("button", { name: "New group" }).click();
  await page.locator("#group-name").fill("Laboratory");
  await page.locator("#group-description").fill("third floor");
  await page.getByRole("button", { name: "Save" }).click();
  await heading("Laboratory");
  await shown("The group has no computer").waitFor();
  await page.getByRole("button", { name: "Add computers" }).click();
  await page.getByRole("checkbox", { name: "desk-01.example" }).check();
  await page.getByRole("checkbox", { name: wanted.hostile }).check();
  await page.getByRole("button", { name: "Add 2 computers" }).click();
  await page.getByRole("link", { name: "desk-01.example" }).waitFor();
  await page.getByRole("link", { name: wanted.hostile }).waitFor();
  await until(async () => await page.locator("img").count() === 0, "a name became an image");
});

await step("a name that is taken is refused in words", async () => {
  await go("/groups");
  await page.getByRole("button", { name: "New group" }).click();
  await page.locator("#group-name").fill("LABORATORY");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("A group of this name is there already").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
});

await step("a computer shows its groups and leads to them", async () => {
  await go(`/computers/${made.first}`);
  await page.getByRole("link", { name: "Laboratory" }).click();
  await heading("Laboratory");
});

await step("the list of computers is narrowed to a group", async () => {
  await go("/computers");
  await page.getByRole("button", { name: "Group: Any group" }).click();
  await page.getByRole("option", { name: "Laboratory" }).click();
  await shown("1 – 2 of 2").waitFor();
  need(page.url().includes("group="), page.url());
});

await step("what is chosen in the list of computers is put into a group", async () => {
  await go("/computers");
  await page.getByRole("checkbox", { name: "Choose desk-02.example" }).check();
  await page.getByRole("button", { name: "Add to a group" }).click();
  await page.getByText("Add 1 computer to a group").waitFor();
  await until(async () => await page.getByRole("button", { name: "Add to the group" }).isDisabled(), "no group was chosen yet");
  await page.getByRole("button", { name: "Group: Choose a group" }).click();
  await page.getByRole("option", { name: "Laboratory" }).click();
  await page.getByRole("button", { name: "Add to the group" }).click();
  await page.getByText("1 computer has been added").waitFor();
  await shown("0 chosen").waitFor();
  // All that match, of whom two are in it already.
  await page.getByRole("button", { name: "Choose all 3 that match" }).click();
  await page.getByRole("button", { name: "Add to a group" }).click();
  await page.getByText("Add 3 computers to a group").waitFor();
  await page.getByRole("button", { name: "Group: Choose a group" }).click();
  await page.getByRole("option", { name: "Laboratory" }).click();
  await page.getByRole("button", { name: "Add to the group" }).click();
  await page.getByText("0 computers have been added").waitFor();
});

await step("computers are taken out, and the question says how many", async () => {
  await go("/groups");
  await page.getByRole("link", { name: "Laboratory" }).click();
  await page.getByRole("checkbox", { name: "Select desk-01.example" }).check();
  await page.getByRole("button", { name: "Remove 1 computer from the group" }).click();
  await page.getByText("Remove 1 computer from Laboratory?").waitFor();
  await page.getByRole("button", { name: "Remove from the group" }).click();
  await page.getByRole("link", { name: "desk-01.example" }).waitFor({ state: "detached" });
});

await step("criteria say at once what fits", async () => {
  await go("/groups");
  await page.getByRole("button", { name: "New group" }).click();
  await page.locator("#group-name").fill(SCRIPT);
  await page.getByRole("radio", { name: "By criteria" }).check();
  await page.getByText("Fill in every condition").waitFor();
  await page.getByRole("textbox", { name: "Condition 1: Value" }).fill("desk-0");
  await page.getByText("2 computers fit now").waitFor();
  await page.getByRole("button", { name: "Add a condition" }).click();
  await page.getByRole("button", { name: /^Condition 2: Field/ }).click();
  await page.getByRole("option", { name: "State", exact: true }).click();
  await page.getByRole("button", { name: /^Condition 2: Value/ }).click();
  await page.getByRole("option", { name: "Revoked" }).click();
  await page.getByText("0 computers fit now").waitFor();
  await page.getByRole("button", { name: "Condition 2: Remove" }).click();
  await page.getByText("2 computers fit now").waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  await heading(SCRIPT);
  await page.getByRole("link", { name: "desk-02.example" }).waitFor();
  await until(async () => await page.locator("main script").count() === 0, "the name became a script");
});

await step("who is slower hears that it was changed", async () => {
  await page.getByRole("button", { name: "Edit" }).click();
  await page.locator("#group-description").fill("mine");
  await askFor("change_criteria_group");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Somebody else has changed this meanwhile").waitFor();
  await page.getByRole("button", { name: "Look at it again" }).click();
  await page.waitForFunction(() => document.querySelector("#group-description").value === "theirs");
  await page.locator("#group-description").fill("both");
  await page.getByRole("button", { name: "Save" }).click();
  await shown("both").waitFor();
});

await step("a scope is told, and holds its group", async () => {
  await askFor("limit_somebody");
  await go(`/groups`);
  await page.getByText("Somebody's scope").waitFor();
  await page.getByRole("link", { name: "Laboratory" }).click();
  await until(async () => await page.getByRole("button", { name: "Delete" }).isDisabled(), "it could be deleted");
  await page.getByRole("link", { name: "limited" }).waitFor();
  await page.getByRole("heading", { name: "API tokens whose scope it is in" }).waitFor();
  await page.getByRole("row", { name: /limited script/ }).getByRole("link", { name: "admin" }).waitFor();
  await page.getByRole("button", { name: "Add computers" }).click();
  await page.getByText("What they see changes with its computers").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
});

const { group, criteria } = await askFor("groups");
await lookAtAll({ groups: "/groups", group: `/groups/${group}`, "group-criteria": `/groups/${criteria}` });

for (const language of ["en", "ja"]) {
  await step(`page group-editor ${language}`, async () => {
    await chooseLanguage(language);
    await go(`/groups/${criteria}`);
    await page.getByRole("button", { name: language === "en" ? "Edit" : "編集" }).click();
    await page.getByRole("button", { name: language === "en" ? "Add a condition" : "条件の追加" }).click();
    await page.getByRole("dialog").waitFor();
    return look("group-editor", language);
  });
}
await chooseLanguage("en");

await step("who sees a computer by a group alone is not offered to move it", async () => {
  const other = await newWindow();
  await go("/", other.page);
  await signIn("limited", wanted.password, other.page);
  await heading("Home", other.page);
  await go("/computers", other.page);
  await other.page.getByRole("row").nth(1).getByRole("link").first().click();
  await button("Actions", other.page).click();
  await other.page.getByRole("menuitem", { name: "Refresh now" }).waitFor();
  await until(async () => await other.page.getByRole("menuitem", { name: /Move/ }).count() === 0, "it is offered");
  await other.context.close();
});

await askFor("limit_nobody");
await step("a group is deleted, and its computers stay", async () => {
  await go(`/groups/${group}`);
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByText("The computers stay").or(page.getByText("The computer stays")).first().waitFor();
  await page.getByRole("button", { name: "Delete" }).last().click();
  await heading("Groups");
  await page.getByRole("link", { name: "Laboratory" }).waitFor({ state: "detached" });
  await go("/computers");
  await shown("1 – 3 of 3").waitFor();
  await settled();
});

await step("who may not change groups is not offered it", async () => {
  await askFor("make_technician");
  await page.evaluate(() => fetch("/api/v1/session", { method: "DELETE", headers: { "X-Warifu-Request": "1" } }));
  await go("/sign-in");
  await signIn("technician", wanted.password);
  await heading("Home");
  await go("/groups");
  await page.getByRole("link", { name: SCRIPT }).waitFor();
  await until(async () => await page.getByRole("button", { name: "New group" }).count() === 0, "it is offered");
});

await end();
