// Drives the console in Chromium, step by step.
import {
  askFor, chooseLanguage, context, end, go, heading, look, lookAtAll, need, page, PHONE, settled, shown, signIn, stage, step, until, wanted, WIDE,
} from "./kit.mjs";

await go("/");
for (const language of ["en", "ja"]) {
  await step(`page sign-in ${language}`, async () => {
    await chooseLanguage(language);
    await go("/sign-in");
    await page.locator("#user").waitFor();
    return look("sign-in", language);
  });
}
await chooseLanguage("en");
await go("/");

await step("a wrong password is refused in words", async () => {
  await signIn("admin", "wrong");
  await page.getByText("The user name or the password is wrong.").waitFor();
});
await step("signing in leads to the password", async () => {
  await signIn("admin", wanted.first);
  await page.getByText("Choose your own before you go on").waitFor();
});
await step("a password of one's own is asked for first", async () => {
  await go("/computers");
  await page.locator("#current").fill(wanted.first);
  await page.locator("#new").fill("short");
  await page.locator("#again").fill("other");
  await page.getByText("The two are not alike.").waitFor();
  await page.locator("#again").fill("short");
  await page.locator("button[type=submit]").click();
  await page.getByText("Use at least 8 characters").waitFor();
  await page.locator("#new").fill(wanted.password);
  await page.locator("#again").fill(wanted.password);
  await page.locator("button[type=submit]").click();
  await heading("Computers");
});
await step("the token is in no script", async () => {
  const seen = await page.evaluate(() => document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage));
  need(!/wf[sd]_/.test(seen), `a script sees a token: ${seen}`);
  const cookies = await context.cookies();
  const session = cookies.find(({ name }) => name === "__Host-warifu");
  const device = cookies.find(({ name }) => name === "__Host-warifu-device");
  need(cookies.length === 2 && session.expires === -1 && device.expires > Date.now() / 1000 + 300 * 24 * 3600 &&
    cookies.every((one) => one.httpOnly && one.secure && one.sameSite === "Strict" && one.path === "/"), JSON.stringify(cookies));
});
const { good, hostile } = await askFor("computers");

await step("an enrolment token comes with its command", async () => {
  await go("/enrolment");
  await page.getByRole("button", { name: "New token" }).click();
  await page.locator("#token-server").fill("central.example.net");
  await page.getByRole("button", { name: "Make the token" }).click();
  await page.getByText("is not shown again").waitFor();
  const command = await page.locator(".pf-v6-c-clipboard-copy__expandable-content").innerText();
  need(/^\(d=\$\(mktemp -d\)/.test(command) && command.includes(" --server central.example.net ") && /'wft_[a-z0-9]{20,}'/.test(command), command);
  await page.getByRole("button", { name: "Done" }).click();
  await page.getByText("10 of 10").waitFor();
});
await step("an office is made, renamed and deleted", async () => {
  await go("/offices");
  await page.getByRole("button", { name: "New remote office" }).click();
  await page.locator("#office-name").fill("Osaka");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator("td", { hasText: "Osaka" }).waitFor();
  await page.getByRole("button", { name: "New remote office" }).click();
  await page.locator("#office-name").fill("osaka");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("is there already").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Actions: Osaka" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.locator("#office-name").fill("Kyoto");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator("td", { hasText: "Kyoto" }).waitFor();
  await page.getByRole("button", { name: "Actions: Kyoto" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.locator("td", { hasText: "Kyoto" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "New remote office" }).click();
  await page.locator("#office-name").fill("Nagoya");
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator("td", { hasText: "Nagoya" }).waitFor();
});
await step("the list is searched, filtered and sorted by the server", async () => {
  await go("/computers");
  await shown("1 – 3 of 3").waitFor();
  await page.getByRole("textbox", { name: /Name, address/ }).fill("DESK-0");
  await shown("1 – 2 of 2").waitFor();
  await page.getByRole("columnheader", { name: "Name" }).getByRole("button").click();
  await page.waitForFunction(() => document.querySelector("tbody tr a")?.textContent === "desk-02.example");
  need(page.url().includes("search=DESK-0") && page.url().includes("sort=-name"), page.url());
  await page.getByRole("button", { name: "State: Any state" }).click();
  await page.getByRole("option", { name: "Revoked" }).click();
  await page.getByText("No computer matches").waitFor();
  await page.getByRole("button", { name: "Clear all filters" }).first().click();
  await shown("1 – 3 of 3").waitFor();
});
await step("columns are chosen and kept", async () => {
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("menuitem", { name: "Serial number" }).or(page.getByRole("checkbox", { name: "Serial number" })).first().click();
  await page.getByRole("columnheader", { name: "Serial number" }).waitFor();
  await page.reload();
  await page.getByRole("columnheader", { name: "Serial number" }).waitFor();
});
await step("a computer is moved and refreshed", async () => {
  await go(`/computers/${good}`);
  await heading("desk-01.example");
  await page.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: "Refresh now" }).click();
  await page.getByText("It refreshes as soon as it is back").waitFor();
  await page.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: "Move to another office" }).click();
  await page.locator("#move-office").click();
  await page.getByRole("option", { name: "Nagoya" }).click();
  await page.getByRole("button", { name: "Move to another office" }).click();
  await page.getByText("The computer has been moved.").waitFor();
  await page.locator("dd", { hasText: "Nagoya" }).waitFor();
});
await step("a phone can turn the pages", async () => {
  await page.setViewportSize(PHONE);
  await go(`/computers/${good}?tab=software`);
  await page.getByText("package-1:", { exact: false }).or(page.getByText("package-1", { exact: true })).first().waitFor();
  await page.getByRole("button", { name: "Next page" }).filter({ visible: true }).first().click();
  await page.locator("td", { hasText: /^package-6\d$/ }).first().waitFor();
  await page.setViewportSize(WIDE);
});
await step("a hostile name is text", async () => {
  await go("/computers");
  await page.getByRole("link", { name: wanted.hostile }).click();
  await heading(wanted.hostile);
  await until(async () => await page.locator("img").count() === 0, "the name became an image");
});
await step("hostile software is text", async () => {
  for (const tab of ["software", "users", "events", "certificate"]) {
    await go(`/computers/${hostile}?tab=${tab}`);
    await settled();
    await until(async () => await page.locator("img, [onerror], a[href^=javascript]").count() === 0, `${tab} became markup`);
  }
  await go(`/computers/${hostile}?tab=software`);
  await page.locator("td", { hasText: wanted.hostile }).waitFor();
  await page.locator("td", { hasText: "no time at all" }).waitFor();
});

const PAGES = {
  home: "/", computers: "/computers", computer: `/computers/${good}`, offices: "/offices", enrolment: "/enrolment",
  password: "/password",
  ...Object.fromEntries(["hardware", "software", "services", "users", "network", "certificate", "events"]
    .map((tab) => [`computer-${tab}`, `/computers/${good}?tab=${tab}`])),
};
await lookAtAll(PAGES);

await step("the language and the theme are chosen and kept", async () => {
  await go("/");
  await page.getByRole("button", { name: "Menu of the user admin" }).click();
  await page.getByRole("menuitem", { name: "日本語" }).click();
  await heading("ホーム");
  await page.getByRole("button", { name: /admin/ }).click();
  await page.getByRole("menuitem", { name: "ダーク" }).click();
  await page.waitForFunction(() => document.documentElement.classList.contains("pf-v6-theme-dark"));
  await page.reload();
  await heading("ホーム");
  need(await page.evaluate(() => document.documentElement.classList.contains("pf-v6-theme-dark")), "the theme is forgotten");
  await page.evaluate(() => localStorage.clear());
  await page.reload();
  await heading("Home");
});
await step("the page works by keyboard", async () => {
  await go("/");
  await heading("Home");
  await page.keyboard.press("Tab");
  need(await page.evaluate(() => document.activeElement?.textContent) === "Skip to the contents", "the first stop is not the way to the contents");
  await page.getByRole("link", { name: "Computers", exact: true }).focus();
  await page.keyboard.press("Enter");
  await heading("Computers");
  await page.waitForFunction(() => document.activeElement?.id === "main");
});
await step("a server that restarts is told and the page goes on", async () => {
  await go("/computers");
  await shown("1 – 3 of 3").waitFor();
  stage.isAway = true;
  await askFor("stop_server");
  await page.getByText("The server does not answer").first().waitFor();
  await askFor("start_server");
  await page.getByText("The server does not answer").first().waitFor({ state: "detached" });
  await shown("1 – 3 of 3").waitFor();
  await page.getByRole("link", { name: "desk-02.example" }).click();
  await heading("desk-02.example");
  stage.isAway = false;
});
const { password } = await askFor("end_sessions");
await step("an ended session leads back to where one was", async () => {
  await go(`/computers/${good}?tab=hardware`);
  await page.getByText("Your session has ended").waitFor();
  await signIn("admin", password);
  await heading("desk-01.example");
  need(page.url().endsWith(`/computers/${good}?tab=hardware`), page.url());
});
await step("another site's page can neither frame nor command", async () => {
  const other = await context.newPage();
  const foreign = wanted.https.replace("127.0.0.1", "localhost");
  await other.route(`${foreign}/evil`, (route) => route.fulfill({ contentType: "text/html", body:
    `<iframe src="${wanted.https}/"></iframe><form method=post enctype=text/plain action="${wanted.https}/api/v1/offices">` +
    `<input name='{"name":"evil","x":"' value='"}'></form>` }));
  await other.goto(`${foreign}/evil`);
  const frame = await (await other.locator("iframe").elementHandle()).contentFrame();
  need(!/root/.test(await frame.content().catch(() => "")), "the console is in a frame");
  const answers = await other.evaluate(async (target) => {
    const ask = (init) => fetch(`${target}/api/v1/offices`, init).then((answer) => answer.status, () => "refused");
    return [
      await ask({ credentials: "include" }),
      await ask({ method: "POST", credentials: "include", body: "{}", headers: { "X-Warifu-Request": "1" } }),
    ];
  }, wanted.https);
  need(answers.every((answer) => answer === "refused"), `another site was answered: ${answers}`);
  const sent = other.waitForResponse((answer) => answer.request().method() === "POST");
  await other.evaluate(() => document.forms[0].submit());
  need([401, 403].includes((await sent).status()), "a foreign form was taken");
  await other.close();
});
await step("signing out forgets everything", async () => {
  await page.getByRole("button", { name: "Menu of the user admin" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await heading("Sign in");
  const left = await context.cookies();
  need(left.length === 1 && left[0].name === "__Host-warifu-device", `what stays: ${JSON.stringify(left)}`);
  await page.goBack();
  await go("/computers");
  await heading("Sign in");
});
await step("plain HTTP works on this computer", async () => {
  await page.goto(`${wanted.http}/`);
  await signIn("admin", password);
  await heading("Home");
  const cookie = (await context.cookies(wanted.http)).find(({ name }) => name === "warifu");
  need(cookie && cookie.httpOnly && !cookie.secure && cookie.sameSite === "Strict", JSON.stringify(cookie));
});
await end();
