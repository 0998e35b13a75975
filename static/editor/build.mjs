// Builds the flow editor into static/build: editor.js, editor.css and the layout worker.
//   node static/editor/build.mjs            once, small
//   node static/editor/build.mjs --watch    again at every change
//   node static/editor/build.mjs --test     the unit tests, run by node's own test runner
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";
import { compile, compileModule } from "svelte/compiler";

const here = path.dirname(fileURLToPath(import.meta.url));
const flag = (name) => process.argv.includes(`--${name}`);

/** Svelte's compiler as an esbuild plugin; what a component's <style> holds goes into the CSS bundle. */
const svelte = {
  name: "svelte",
  setup(build) {
    const css = new Map();
    build.onLoad({ filter: /\.svelte$/ }, async ({ path: file }) => {
      const source = await readFile(file, "utf8");
      const { js, css: style, warnings } = compile(source, { filename: file, generate: "client", css: "external" });
      let code = js.code;
      if (style?.code) {
        css.set(`${file}.css`, style.code);
        code += `\nimport ${JSON.stringify(`svelte-css:${file}.css`)};`;
      }
      return { contents: code, loader: "ts", resolveDir: path.dirname(file), warnings: ours(file, warnings) };
    });
    build.onLoad({ filter: /\.svelte\.(ts|js)$/ }, async ({ path: file }) => {
      const { code } = await esbuild.transform(await readFile(file, "utf8"), { loader: "ts", target: "esnext" });
      return { contents: compileModule(code, { filename: file, generate: "client" }).js.code, loader: "js" };
    });
    build.onResolve({ filter: /^svelte-css:/ }, ({ path: name }) => ({ path: name.slice(11), namespace: "svelte-css" }));
    build.onLoad({ filter: /.*/, namespace: "svelte-css" }, ({ path: name }) => ({ contents: css.get(name), loader: "css" }));
  },
};

/** Warnings about our own components only: a library's are its own business. */
function ours(file, warnings) {
  if (file.includes("node_modules")) return [];
  return warnings.map(({ message, start }) => ({
    text: message,
    location: start ? { file, line: start.line, column: start.column } : undefined,
  }));
}

const common = {
  bundle: true,
  format: "esm",
  target: "es2022",
  logLevel: "info",
  mainFields: ["svelte", "module", "main"],
  conditions: ["svelte", "browser"],
  define: { "process.env.NODE_ENV": '"production"' },
  loader: { ".svg": "text" },
  plugins: [svelte],
};

async function bundle() {
  const options = {
    ...common,
    entryPoints: { editor: `${here}/src/main.ts`, "layout-worker": `${here}/src/worker/layout-worker.ts` },
    outdir: path.join(here, "..", "build"),
    minify: true,
    legalComments: "linked",
  };
  if (!flag("watch")) return void (await esbuild.build(options));
  const context = await esbuild.context({ ...options, minify: false, sourcemap: true });
  await context.watch();
}

async function test() {
  const names = (await readdir(`${here}/tests`)).filter((name) => name.endsWith(".test.ts"));
  const outdir = await mkdtemp(path.join(tmpdir(), "editor-tests-"));
  try {
    await esbuild.build({
      ...common,
      entryPoints: names.map((name) => `${here}/tests/${name}`),
      outdir,
      platform: "node",
      logLevel: "warning",
      outExtension: { ".js": ".mjs" },
      sourcemap: "inline",
    });
    const files = names.map((name) => path.join(outdir, name.replace(/\.ts$/, ".mjs")));
    const { status } = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" });
    process.exitCode = status ?? 1;
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}

await (flag("test") ? test() : bundle());
