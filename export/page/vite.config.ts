import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "./",
  build: {
    outDir: "built",
    assetsDir: "assets",
    target: "es2022",
    modulePreload: { polyfill: false },
    license: { fileName: "licenses.md" }, // of what is in the built files
  },
  server: { proxy: { "/v1": "http://127.0.0.1:8080" } },
  test: { include: ["tests/**/*.test.{ts,tsx}"] },
});
