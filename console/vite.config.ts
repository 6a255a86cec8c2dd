// How the console is built: hashed names, nothing inline, nothing from outside.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const outDir = process.env["CONSOLE_OUT"] ?? "../build/console/files";
const server = process.env["CONSOLE_SERVER"] ?? "http://127.0.0.1:8020";

export default defineConfig({
  plugins: [react()],
  build: {
    outDir,
    emptyOutDir: true,
    // The server's policy takes no data: for fonts or scripts.
    assetsInlineLimit: 0,
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    target: "es2022",
  },
  // `npx vite` with a server beside it: the API is the server's.
  server: { proxy: { "/api": { target: server, changeOrigin: false, ws: true } } },
});
