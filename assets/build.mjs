/* Builds dist/ from src/ and css/: `node build.mjs`, or `node build.mjs --check` to compare with what is committed.
   The same sources give the same bytes on every machine. */

import { readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const FOLDER = dirname(fileURLToPath(import.meta.url));
const DARK = ':root[data-theme="dark"] {';

/** The dark tokens again for systems that ask for dark, so that the first paint needs no script.
 * @type {import("esbuild").Plugin} */
const systemTheme = {
  name: "system-theme",
  setup(build) {
    build.onLoad({ filter: /tokens\.css$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const start = text.indexOf(DARK);
      if (start < 0) throw new Error(`tokens.css has no “${DARK}”`);
      const block = text.slice(start + DARK.length, text.indexOf("}", start));
      return {
        contents: `${text}\n@media (prefers-color-scheme: dark) { :root:not([data-theme]) {${block}} }\n`,
        loader: "css",
      };
    });
  },
};

const SHARED = new Set(
  [...(await readFile(`${FOLDER}/src/shared-modules.js`, "utf8")).matchAll(/from "\.\/(.+)"/g)].map(
    (match) => match[1],
  ),
);

/** Imports of modules that the app's script hands out: a second script uses those of the first.
 * @type {import("esbuild").Plugin} */
const sharedModules = {
  name: "shared-modules",
  setup(build) {
    build.onResolve({ filter: /^\.\// }, ({ path }) => {
      const name = path.slice("./".length);
      return SHARED.has(name) ? { path: name, namespace: "shared" } : undefined;
    });
    build.onLoad({ filter: /.*/, namespace: "shared" }, ({ path }) => ({
      contents: `module.exports = window.codeagentModules[${JSON.stringify(path)}];`,
      loader: "js",
    }));
  },
};

/** @type {import("esbuild").BuildOptions & {write: false}} */
const OPTIONS = {
  absWorkingDir: FOLDER,
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2022", "chrome109", "firefox115", "safari16.4"],
  charset: "utf8",
  sourcemap: "external",
  loader: { ".svg": "dataurl" },
  write: false,
};

const main = await esbuild.build({
  ...OPTIONS,
  entryPoints: {
    app: "src/main.js",
    style: "css/index.css",
    embed: "src/embed.js",
    "embed-style": "css/embed.css",
    share: "src/share.js",
    "share-style": "css/share.css",
    palette: "src/palette/main.js",
    "palette-style": "css/palette.css",
    "explore-style": "css/explore.css",
    push: "src/push/dialog.js",
    "push-style": "css/push.css",
    touch: "src/touch/main.js",
    "touch-style": "css/touch.css",
    "service-worker": "src/offline/worker.js",
    "service-worker-push": "src/offline/worker-without-pages.js",
    "service-worker-removal": "src/offline/removal.js",
  },
  plugins: [systemTheme],
});
const second = await esbuild.build({
  ...OPTIONS,
  entryPoints: { explore: "src/explore.js" },
  plugins: [sharedModules],
});

const isCheck = process.argv.includes("--check");
const stale = [];
for (const { path, contents, text } of [...main.outputFiles, ...second.outputFiles]) {
  if (path.endsWith(".map") && !path.endsWith("app.js.map")) continue;
  const file = path.replace(/\bstyle\.css$/, "app.css").replace("-app.css", ".css");
  if (!isCheck) await writeFile(file, contents);
  else if ((await readFile(file, "utf8").catch(() => "")) !== text) stale.push(file);
}
if (stale.length) {
  console.error(`Out of date: ${stale.join(", ")}. Run “make assets” and commit the result.`);
  process.exit(1);
}
