// Walks Haven's pages in a headless Chromium. `tests/browser.rs` starts the houses and runs this with a plan:
// node walk.mjs plan.json

import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { across } from "./across.mjs";
import { crawl } from "./crawl.mjs";
import { Findings } from "./findings.mjs";
import { life } from "./life.mjs";
import { pictures } from "./pictures.mjs";

const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** A browser that hangs must not hold up everybody else. */
const MOST_MINUTES = 90;

const plan = JSON.parse(readFileSync(process.argv[2], "utf8"));
const findings = new Findings();
// Playwright gives every launch an empty profile of its own.
const browser = await chromium.launch({ executablePath: plan.chromium, headless: true, args: FLAGS });
setTimeout(() => {
  console.log(`WRONG: the walk did not end within ${MOST_MINUTES} minutes.`);
  process.exit(1);
}, MOST_MINUTES * 60_000).unref();
const parts = { life, across, crawl, pictures };
for (const [name, part] of Object.entries(parts)) {
  const began = Date.now();
  try {
    await part(browser, plan, findings);
  } catch (error) {
    findings.add(`the part ${name} could not go on: ${error.message.split("\n")[0]}`, error.stack.split("\n").find((line) => line.includes(".mjs"))?.trim() ?? "?");
    for (const page of browser.contexts().flatMap((context) => context.pages())) {
      await page.screenshot({ path: `${plan.pictures}/stuck-${name}.png` }).catch(() => {});
      findings.add(`the part ${name} was stuck`, page.url());
    }
  }
  for (const context of browser.contexts()) await context.close().catch(() => {});
  console.log(`${name}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
}
await browser.close();
process.exitCode = findings.tell() ? 0 : 1;
