// A server with a newer console no longer has this one's parts: the page is
// loaded again, once.
const MARK = "warifu.reloaded";
const AGAIN_MS = 10_000;

export function startReload(): void {
  globalThis.addEventListener("vite:preloadError", (event) => {
    const last = Number(sessionStorage.getItem(MARK) ?? 0);
    if (Date.now() - last < AGAIN_MS) return;
    event.preventDefault();
    sessionStorage.setItem(MARK, String(Date.now()));
    location.reload();
  });
}
