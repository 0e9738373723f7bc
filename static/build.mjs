// Builds static/dist: stylesheet, scripts, icons, web app manifest, offline
// page; every name carries a hash of its content, every text a .br and a .gz
// beside it. manifest.json maps plain names to hashed ones for static.go.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import { iconPNG, iconSVG } from "./icons.mjs";
import { weuiVariables } from "./weui.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const src = join(here, "src");
const dist = join(here, "dist");
const names = {};

function emit(plain, content, { hashed = true } = {}) {
  const body = Buffer.from(content);
  const hash = createHash("sha256").update(body).digest("hex").slice(0, 10);
  const name = hashed ? plain.replace(/(\.[a-z]+)$/, `-${hash}$1`) : plain;
  writeFileSync(join(dist, name), body);
  if (!plain.endsWith(".png")) {
    const br = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } };
    writeFileSync(join(dist, name + ".br"), brotliCompressSync(body, br));
    writeFileSync(join(dist, name + ".gz"), gzipSync(body, { level: 9 }));
  }
  names[plain] = name;
  return "/static/" + name;
}

const read = (name) => readFileSync(join(src, name), "utf8");

/** weui:variables and theme:dark, which app.css imports. */
const themes = {
  name: "themes",
  setup(build) {
    const css = readdirSync(src).filter((f) => f.endsWith(".css")).map(read).join("\n");
    const weui = weuiVariables(css);
    const dark = weui.dark + read("dark.css").match(/:root \{([^}]*)\}/)[1];
    const text = {
      "weui:variables": weui.light,
      "theme:dark": `@media (prefers-color-scheme:dark){:root:not([data-weui-theme="light"]){${dark}}}:root[data-weui-theme="dark"]{${dark}}`,
    };
    build.onResolve({ filter: /^(weui|theme):/ }, (a) => ({ path: a.path, namespace: "themes" }));
    build.onLoad({ filter: /.*/, namespace: "themes" }, (a) => ({ contents: text[a.path], loader: "css" }));
  },
};

async function bundle(entry, options = {}) {
  const out = await esbuild.build({
    entryPoints: [join(src, entry)],
    bundle: true,
    minify: true,
    write: false,
    charset: "utf8",
    legalComments: "inline",
    logLevel: "warning",
    plugins: [themes],
    // WeChat's own engine and five-year-old phones.
    target: entry.endsWith(".css") ? ["chrome87", "safari14", "firefox90"] : ["es2019"],
    format: entry.endsWith(".css") ? undefined : "iife",
    ...options,
  });
  return out.outputFiles[0].contents;
}

mkdirSync(dist, { recursive: true });
for (const f of readdirSync(dist)) if (f !== ".keep") rmSync(join(dist, f), { recursive: true });

const shell = [emit("app.css", await bundle("app.css")), emit("app.js", await bundle("app.ts")), emit("icon.svg", iconSVG())];
emit("photo.js", await bundle("photo.ts"));
emit("report.js", await bundle("report.ts"));
emit("blackout.js", await bundle("blackout.ts"));
emit("scan.js", await bundle("scan.ts"));
emit("station.js", await bundle("station.ts"));
emit("device.js", await bundle("device.ts"));
emit("decoder.js", await bundle("decoder.ts"));
// The verifiable ballot counts with large integers: a newer engine is needed.
const vote = { target: ["es2020"] };
for (const name of ["ballot-worker", "booth", "audit", "trustee", "registrar"]) emit(`${name}.js`, await bundle(`${name}.ts`, vote));
for (const size of [180, 192, 512]) emit(`icon-${size}.png`, iconPNG(size, { square: size === 180 }));
emit("icon-maskable.png", iconPNG(512, { square: true }));
const asset = (text) => text.replace(/%([\w.-]+)%/g, (_, n) => "/static/" + (names[n] ?? fail(n)));
shell.push(emit("app.webmanifest", asset(read("app.webmanifest"))));
const offline = emit("offline.html", asset(read("offline.html")));
shell.push(offline);
// The worker keeps its name: a browser looks for a new one under the old name.
const worker = await bundle("sw.ts", { define: { SHELL: JSON.stringify(shell), OFFLINE: JSON.stringify(offline) } });
emit("sw.js", worker, { hashed: false });
writeFileSync(join(dist, "manifest.json"), JSON.stringify(names, null, 1) + "\n");

function fail(name) {
  throw new Error(`no such file in the build: ${name}`);
}

for (const plain of ["app.css", "app.js", "photo.js", "blackout.js", "booth.js", "ballot-worker.js", "audit.js", "trustee.js", "registrar.js", "scan.js", "station.js", "decoder.js", "sw.js"]) {
  const size = (ext) => readFileSync(join(dist, names[plain] + ext)).length;
  console.log(`${plain.padEnd(12)} ${String(size("")).padStart(6)} B  brotli ${String(size(".br")).padStart(5)} B`);
}
