// A look at one page: axe-core, width, headings, words, weight, other hosts, focus.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import http from "node:http";
import { PATIENCE } from "./hands.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** 320 px is a small telephone; 320 × 256 is also what a window of 1280 × 1024 shows at 400 % zoom. */
export const SMALL = { width: 320, height: 256 };
export const WIDE = { width: 1280, height: 900 };
const MOST_BYTES = 50_000;
/** Buttons and fields are at least this high (care R35). */
const TARGET = 44;
const FEATURES = ["accounts", "admin", "groups", "help", "partners", "personas", "posts", "web"];

const weights = new Map();

/** Bytes of one file as they cross the wire. */
function weight(url) {
  if (!weights.has(url)) {
    const asked = new Promise((resolve, reject) => {
      const request = http.get(url, { headers: { "accept-encoding": "gzip" } }, (answer) => {
        let bytes = 0;
        answer.on("data", (part) => (bytes += part.length));
        answer.on("end", () => resolve(bytes));
      });
      request.on("error", reject);
    });
    weights.set(url, asked);
  }
  return weights.get(url);
}

/** Watches a context: whatever it asks of another host, every broken file, every complaint of the browser. It waits patiently. */
export function watch(context, house, findings) {
  context.setDefaultTimeout(PATIENCE);
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol !== "data:" && url.origin !== house.origin) findings.add(`a page asks ${url.origin} for something`, request.frame().url());
  });
  context.on("console", (message) => {
    const failed = /status of (4\d\d|503)/.test(message.text());
    if (message.type() === "error" && !failed) findings.add(`the browser complains: ${message.text().slice(0, 200)}`, message.page()?.url() ?? house.name);
  });
  context.on("weberror", (error) => findings.add(`a script fails: ${error.error().message}`, house.name));
}

/** Everything that a small window shows, and sizes of a wide one; `colours`: also colours, dark and light, which no language changes. */
export async function look(page, where, findings, colours = true) {
  findings.count("pages looked at");
  await page.setViewportSize(SMALL);
  await page.emulateMedia({ colorScheme: "light" });
  await frame(page, `${where} at 320 px`, findings);
  await axe(page, `${where} at 320 px`, findings);
  await page.setViewportSize(WIDE);
  await page.emulateMedia({ colorScheme: "dark" });
  await frame(page, `${where} at 1280 px`, findings);
  if (!colours) return;
  await axe(page, `${where} at 1280 px, dark`, findings, ["color-contrast", "target-size", "link-in-text-block"]);
  await page.emulateMedia({ colorScheme: "light" });
  await axe(page, `${where} at 1280 px`, findings, ["color-contrast"]);
}

/** Weight of the page that was just opened. */
export async function weigh(page, response, where, findings) {
  const files = await page.evaluate(() => {
    const links = [...document.querySelectorAll("link[rel=stylesheet], link[rel=icon], link[rel=manifest]")].map((link) => link.href);
    return links.concat([...document.querySelectorAll("script[src], img[src]")].map((file) => file.src));
  });
  const own = (await response.request().sizes()).responseBodySize;
  const bytes = (await Promise.all(files.map(weight))).reduce((sum, each) => sum + each, own);
  findings.weigh(bytes, where);
  if (bytes > MOST_BYTES) findings.add("a page weighs more than 50 kB", `${where}: ${bytes} bytes`);
}

async function axe(page, where, findings, only) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const wanted = only ? { type: "rule", values: only } : { type: "tag", values: RULES };
  const result = await page.evaluate((runOnly) => window.axe.run(document, { runOnly, resultTypes: ["violations"] }), wanted);
  findings.count("runs of axe-core");
  for (const violation of result.violations) {
    findings.count("axe violations");
    const node = violation.nodes[0];
    const why = node.any.concat(node.all, node.none).map((check) => check.message)[0] ?? violation.help;
    findings.add(`axe ${violation.id}: ${why} ${node.target.join(" ")}`, where);
  }
}

/** What axe does not say: width, one heading, keys instead of words, size of buttons, Help now in its place. */
async function frame(page, where, findings) {
  const seen = await page.evaluate(([target, features]) => {
    const wrong = [];
    const root = document.documentElement;
    const name = (element) => `${element.tagName.toLowerCase()}${element.className ? `.${String(element.className).trim().replaceAll(/\s+/g, ".")}` : ""}`;
    if (root.scrollWidth > root.clientWidth) {
      const wide = [...document.body.querySelectorAll("*")].filter((element) => element.getBoundingClientRect().right > root.clientWidth + 1);
      wrong.push(`the page scrolls sideways (${wide.length ? name(wide.at(-1)) : "?"})`);
    }
    const headings = document.querySelectorAll("h1").length;
    if (headings !== 1) wrong.push(`the page has ${headings} h1`);
    if (!root.lang) wrong.push("the page says no language");
    const words = document.body.innerText;
    const key = words.match(new RegExp(`\\b(${features.join("|")})-[a-z]+(-[a-z]+)*\\b`));
    if (key && !location.pathname.includes(key[0])) wrong.push(`the key ${key[0]} stands in place of words`);
    if (/[\u2068\u2069]/.test(words)) wrong.push("invisible signs stand in the words");
    if (!document.querySelector("header a.help-now[href='/help']")) wrong.push("Help now is not in its place");
    for (const element of document.querySelectorAll("button, a.button, summary, select, textarea, input, header a, .actions a")) {
      const box = element.matches("input[type=checkbox], input[type=radio]") ? element.labels[0] : element;
      if (!box || element.type === "hidden") continue;
      const { width, height } = box.getBoundingClientRect();
      if (height === 0 || element.classList.contains("skip")) continue;
      if (height < target - 0.5 || width < 24) wrong.push(`${name(element)} is only ${Math.round(width)} × ${Math.round(height)} px`);
    }
    for (const element of document.querySelectorAll("main h1, main h2, main h3, main p, main a, main button, main label, main dd")) {
      if (element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0 && getComputedStyle(element).overflowX !== "visible" && !element.closest(".away, .table")) wrong.push(`${name(element)} hides a part of its words`);
    }
    return [...new Set(wrong)];
  }, [TARGET, FEATURES]);
  seen.forEach((what) => findings.add(what, where));
}

/** Walks through the page with Tab: every stop must be visible, on the screen, and show that it has the focus. */
export async function stops(page, where, findings) {
  await page.setViewportSize(SMALL);
  await page.evaluate(() => {
    document.activeElement?.blur();
    window.scrollTo(0, 0);
    window.getSelection()?.removeAllRanges();
  });
  let first;
  for (let stop = 0; stop < 400; stop += 1) {
    await page.keyboard.press("Tab");
    const seen = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body || element === document.documentElement) return null;
      const box = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      const wrong = [];
      if (box.width < 1 || box.height < 1) wrong.push("cannot be seen");
      if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) wrong.push("is outside the window");
      if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) wrong.push("does not show that it has the focus");
      const x = Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 1);
      const y = Math.min(Math.max((Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2, 1), innerHeight - 1);
      const top = document.elementFromPoint(x, y);
      if (top && !element.contains(top) && !top.contains(element)) wrong.push(`is covered by ${top.tagName.toLowerCase()}.${top.className}`);
      window.havenStops ??= new Map();
      const again = window.havenStops.has(element);
      window.havenStops.set(element, true);
      const name = `${element.tagName.toLowerCase()}${element.id ? `#${element.id}` : ""} “${(element.innerText || element.name || "").slice(0, 30)}”`;
      return { wrong, again, name };
    });
    if (!seen) {
      if (first) return;
      continue;
    }
    if (seen.again) return;
    first ??= seen.name;
    findings.count("tab stops");
    for (const what of seen.wrong) findings.add(`a tab stop ${what}`, `${where}: ${seen.name}`);
  }
  findings.add("the keyboard does not come to the end of the page", where);
}
