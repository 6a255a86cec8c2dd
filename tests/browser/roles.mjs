// Walks the console as each role: what stands in the navigation, which actions
// there are, and whether anything is asked that the role may not.
import { askFor, chooseLanguage, end, go, look, newWindow, settled, signIn, step, wanted } from "./kit.mjs";

const made = await askFor("prepare");
const PLACES = {
  "/": [], "/computers": [`/computers/${made.computer}`], "/offices": [`/offices/${made.office}`],
  "/users": [`/users/${made.user}`], "/roles": [`/roles/${made.role}`], "/audit": ["/audit?tab=integrity", `/audit/rows/${made.row}`],
};

function texts(of, selector) {
  return of.locator(selector).filter({ visible: true }).allInnerTexts().then((all) => all.map((text) => text.trim()).filter(Boolean));
}

// Buttons beside the title, what is behind menus, and tabs.
async function actionsOf(of) {
  const found = [...await texts(of, "main section:first-of-type .pf-v6-l-flex button"), ...await texts(of, "[role=tab]")];
  const menus = of.getByRole("button", { name: /^(Actions|操作)/ }).filter({ visible: true });
  if (await menus.count() > 0) {
    await menus.first().click();
    await of.getByRole("menuitem").first().waitFor();
    found.push(...await texts(of, "[role=menuitem]"));
    await of.keyboard.press("Escape");
  }
  return found;
}

async function walk(of, refused) {
  const entries = await of.locator("nav a").evaluateAll((all) => all.map((one) => one.getAttribute("href")));
  const actions = {};
  for (const path of [...entries, ...entries.flatMap((entry) => PLACES[entry] ?? []), "/password"]) {
    await go(path, of);
    await of.locator("h1").waitFor();
    await settled(of);
    actions[path.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+$/g, "ID")] = await actionsOf(of);
  }
  return { entries, actions, refused: [...refused] };
}

for (const [name, language] of wanted.users) {
  await step(`role ${name}`, async () => {
    const { context, page } = await newWindow();
    const refused = [];
    page.on("response", (answer) => answer.status() === 403 && refused.push(new URL(answer.url()).pathname));
    await go("/", page);
    await chooseLanguage(language, page);
    await page.reload();
    await signIn(name, wanted.password, page);
    await page.locator("nav").waitFor();
    const labels = await texts(page, "nav a, nav button");
    const found = await walk(page, refused);
    await go("/", page);
    const seen = await look(`role-${name.replaceAll(" ", "-")}`, language, page);
    const shut = [];
    for (const path of Object.keys(PLACES).filter((one) => !found.entries.includes(one))) {
      await go(path, page);
      await page.locator("h1").waitFor();
      await settled(page);
      shut.push([path, await page.locator("h1").innerText()]);
    }
    await context.close();
    return { ...found, ...seen, labels, shut, refused };
  });
}
await end();
