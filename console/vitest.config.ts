// Unit tests of what is not a picture; pages are tested in tests/browser.
import { defineConfig } from "vitest/config";

export default defineConfig({ test: { include: ["src/**/*.test.ts"] } });
