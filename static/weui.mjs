// What we take from the weui package: the values of the variables that our
// stylesheet uses and does not set itself, light and dark. The whole of WeUI is
// 18 KB compressed; a page of ours may weigh 50.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// Without comments: the last one is a source map of half a megabyte, on which
// the pattern below would try every start.
const weui = readFileSync(createRequire(import.meta.url).resolve("weui/dist/style/weui.css"), "utf8").replace(/\/\*[^]*?\*\//g, "");

/** All `--weui-…: value` of the rules whose selector fits. */
function variables(selector) {
  const found = new Map();
  for (const [, sel, body] of weui.matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
    if (!selector(sel.trim())) continue;
    for (const [, name, value] of body.matchAll(/(--weui-[\w-]+):\s*([^;]+);/g)) found.set(name, value.trim());
  }
  return found;
}

const light = variables((s) => /(^|,)body$/.test(s) || s === ".wx-root,body" || s === "body,.wx-root");
const dark = variables((s) => /body\[data-weui-theme='dark'\]$/.test(s) || /^body\[data-weui-theme='dark'\]/.test(s));

/** CSS text that sets the variables `css` uses and does not set. */
export function weuiVariables(css) {
  const own = new Set([...css.matchAll(/(--weui-[\w-]+)\s*:/g)].map((m) => m[1]));
  // What only the sheets set is still needed from WeUI elsewhere.
  for (const name of ["--weui-SEPARATOR-0"]) own.delete(name);
  const used = new Set([...css.matchAll(/var\((--weui-[\w-]+)\)/g)].map((m) => m[1]).filter((n) => !own.has(n)));
  const rule = (values, names) => names.map((n) => `${n}:${values.get(n)};`).join("");
  for (const n of used) if (!light.has(n)) throw new Error(`weui has no ${n}`);
  const all = [...used];
  return {
    light: `/*! Variables of WeUI, MIT, Copyright Tencent, Inc. */\n:root{${rule(light, all)}}`,
    dark: rule(dark, all.filter((n) => dark.has(n))),
  };
}
