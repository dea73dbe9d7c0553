// People who sign in with a pointing finger: for the parts that are not about the keyboard.

import { watch } from "./look.mjs";

/** A browser of somebody in a house; `person` is theirs in the plan, or nobody. */
export async function somebody(browser, house, person, findings, lang = "en") {
  const context = await browser.newContext({ locale: "en-GB", reducedMotion: "reduce" });
  watch(context, house, findings);
  await context.addCookies([{ name: "lang", value: lang, url: house.origin }]);
  const page = await context.newPage();
  if (person) {
    await page.goto(`${house.origin}/sign-in`);
    await page.fill("#f-name", person.name);
    await page.fill("#f-passphrase", person.passphrase);
    await Promise.all([page.waitForNavigation(), page.click("form[action='/sign-in'] button")]);
    if (!(await page.locator("nav a[href='/me']").count())) throw new Error(`${person.persona} cannot sign in at ${house.name}`);
  }
  return { page, context, house };
}

/** The first admin, who came in the part `life`. */
export const FIRST_ADMIN = { name: "beheer hanne", persona: "Zonnebloem", passphrase: "seven slow boats on the lake" };
