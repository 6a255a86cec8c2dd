// Computers whose names nobody can see, and one that would turn a sentence round.
import { button, end, go, heading, lookAtAll, need, page, settled, shown, signIn, step, wanted } from "./kit.mjs";

await go("/");
await signIn("admin", wanted.password);
await heading("Home");

await step("a computer without a name is opened by its id", async () => {
  for (const id of wanted.nameless) {
    await go("/computers");
    await page.getByRole("link", { name: id, exact: true }).click();
    await heading(id);
  }
});

await step("what would turn a question round is shown in it", async () => {
  await go(`/computers/${wanted.turning}`);
  await heading("a\uFFFDgpj.exe");
  await button("Actions").click();
  await page.getByRole("menuitem", { name: "Revoke" }).click();
  await shown("Revoke a\uFFFDgpj.exe?").waitFor();
  await settled();
  const text = await page.evaluate(() => document.body.innerText);
  need(!/[\u202A-\u202E]/.test(text), "a mark of direction reached the page");
  await button("Cancel").click();
});
await lookAtAll({ "computers-without-names": "/computers" });
await end();
