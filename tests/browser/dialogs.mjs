// Opens dialogs about things of long names, on a phone too, in both languages.
import { askFor, chooseLanguage, context, end, go, heading, look, lookAtAll, page, signIn, step, wanted } from "./kit.mjs";

const made = await askFor("prepare");
const dialog = page.getByRole("dialog");

// The n-th of the actions on the page's thing.
async function act(n) {
  await page.getByRole("button", { name: `: ${wanted.long}` }).click();
  await page.getByRole("menuitem").nth(n).click();
}

await go("/");
await signIn("admin", wanted.password);
await heading("Home");

for (const language of ["en", "ja"]) {
  await chooseLanguage(language);
  for (const [name, path, n] of [["office-rename", `/offices/${made.office}`, 0], ["office-delete", `/offices/${made.office}`, 1],
    ["user-delete", `/users/${made.user}`, 3], ["role-delete", `/roles/${made.role}`, 2]]) {
    await step(`page dialog-${name} ${language}`, async () => {
      await go(path);
      await act(n);
      await dialog.getByRole("heading", { name: wanted.long }).waitFor();
      return look(`dialog-${name}`, language);
    });
  }
}
await lookAtAll({ "long-user": `/users/${made.user}` });
await context.close();
await end();
