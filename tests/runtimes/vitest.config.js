// Only the suite; nothing of this folder is a Vitest test by its name.
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: import.meta.dirname,
  test: { include: ["*.vitest.js"], watch: false, cache: false },
});
