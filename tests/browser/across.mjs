// Two houses: somebody at the second joins a group of the first, reads what is written there and answers. How long
// a text is on its way is told at the end, and judges nothing.

import { PATIENCE } from "./hands.mjs";
import { FIRST_ADMIN, somebody } from "./people.mjs";

export async function across(browser, plan, findings) {
  const [zonnehoek, havnen, orchard] = plan.houses;
  const here = await somebody(browser, zonnehoek, FIRST_ADMIN, findings);
  const there = await somebody(browser, havnen, havnen.people.member, findings);
  const third = await somebody(browser, orchard, orchard.people.member, findings);
  for (const guest of [there, third]) {
    await comesIn(guest, "Morning coffee");
  }
  const text = "Vanmiddag om twee uur lees ik hier weer mee. Niemand hoeft iets, alles mag.";
  await writes(here.page, `${zonnehoek.origin}${plan.group}/write`, text);
  plan.thread = new URL(here.page.url()).pathname;
  findings.took("a post of the first house is read at the second after", await appears(there.page, there.group, text));
  await Promise.all([there.page.waitForNavigation(), there.page.locator("main a", { hasText: "Vanmiddag" }).first().click()]);
  const answer = "Godmorgen fra Herning. Jeg vil gå en tur om søen, også hvis det bliver en kort tur.";
  await there.page.fill("#f-text", answer);
  await Promise.all([there.page.waitForNavigation(), there.page.click("button[value='post']")]);
  findings.took("its answer is read at the first house after", await appears(here.page, here.page.url(), answer));
  await appears(third.page, third.group, text);
  await Promise.all([third.page.waitForNavigation(), third.page.locator("main a", { hasText: "Vanmiddag" }).first().click()]);
  await third.page.fill("#f-text", "Morning from a rainy orchard. Those are two good plans. How big is the lake?");
  await Promise.all([third.page.waitForNavigation(), third.page.click("button[value='post']")]);
  await appears(here.page, here.page.url(), "How big is the lake?");
}

/** Finds the group in the list of groups, joins, and waits until the home has answered. */
async function comesIn(guest, name) {
  const { page, house } = guest;
  // The group's home tells of it in its own time.
  const link = page.locator("main a", { hasText: name });
  await until(page, `${house.origin}/groups`, link, `${name} does not come into the list of ${house.name}`);
  await Promise.all([page.waitForNavigation(), link.first().click()]);
  guest.group = page.url().replace(/\/about$/, "");
  await Promise.all([page.waitForNavigation(), page.locator("form[action$='/membership'] button").first().click()]);
  await until(page, guest.group, page.locator("main a[href$='/write']"), `${house.name} waits for ever to join ${name}`);
}

async function writes(page, path, text) {
  await page.goto(path);
  await page.fill("#f-text", text);
  await Promise.all([page.waitForNavigation(), page.click("button[value='post']")]);
  if (!new URL(page.url()).pathname.startsWith("/o/")) {
    await Promise.all([page.waitForNavigation(), page.locator("main a", { hasText: text.slice(0, 20) }).first().click()]);
  }
}

/** Waits until the text is on this page; says how long that took. */
async function appears(page, address, text) {
  const start = text.slice(0, 40);
  return await until(page, address, page.getByText(start), `“${start}” does not arrive at ${address}`);
}

/** Opens a page again and again until this is on it; says how long that took. */
async function until(page, address, wanted, sentence) {
  const began = Date.now();
  for (;;) {
    await page.goto(address);
    const took = Date.now() - began;
    if (await wanted.count()) return took;
    if (took > PATIENCE) throw new Error(sentence);
    await page.waitForTimeout(200);
  }
}
