// The list of computers with all its columns, in a window that is too narrow for
// them.
import { end, go, heading, lookAtAll, need, page, settled, signIn, step, wanted } from "./kit.mjs";

await go("/");
await page.evaluate((columns) => localStorage.setItem("warifu.columns.computers", columns), wanted.columns.join(","));
await go("/");
await signIn("admin", wanted.password);
await heading("Home");

await step("the name keeps its room and the table scrolls in its frame", async () => {
  await go("/computers");
  await page.getByRole("link", { name: wanted.name }).waitFor();
  await settled();
  const found = await page.evaluate(() => {
    const frame = document.querySelector("table").closest(".w-scroll");
    const [head, ...words] = [...document.querySelectorAll("th.w-name, th.w-words")].map((one) => one.getBoundingClientRect().width);
    return { head, words, columns: document.querySelectorAll("thead th").length, inside: frame.scrollWidth, frame: frame.clientWidth,
      page: document.documentElement.scrollWidth, window: innerWidth, lines: document.querySelector("tbody a").getClientRects().length };
  });
  need(found.columns === wanted.columns.length + 1, `${found.columns} columns`);
  need(found.head >= 200 && found.words.every((width) => width >= 100), `too narrow: ${JSON.stringify(found)}`);
  need(found.inside > found.frame && found.page <= found.window, `scrolls elsewhere: ${JSON.stringify(found)}`);
});
await lookAtAll({ "computers-all-columns": "/computers" });
await end();
