// A first day, with the keyboard only and without scripts: the first admin opens the house and founds a group, writes, answers,
// changes, takes away and takes that back, prints an invitation; somebody comes with it. Help now from every page on the way.

import { choose, expect, heading, leave, press, reach, tick, write } from "./hands.mjs";
import { look, watch } from "./look.mjs";

const PASSPHRASE = "seven slow boats on the lake";

export async function life(browser, plan, findings) {
  const house = plan.houses[0];
  const hand = await newHand(browser, house, findings, "en-GB");
  await firstAdmin(hand, plan);
  await namesAndLanguage(hand);
  await ownGroup(hand, plan);
  await words(hand);
  const invitation = await invite(hand, plan);
  await signOutAndIn(hand, house);
  await newcomer(await newHand(browser, house, findings, "nl-NL"), invitation, plan);
}

/** A browser without scripts. `see` looks at the page as it stands and tries Help now from it. */
async function newHand(browser, house, findings, locale) {
  const context = await browser.newContext({ locale, reducedMotion: "reduce" });
  watch(context, house, findings);
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  const scripts = (value) => session.send("Emulation.setScriptExecutionDisabled", { value: !value });
  await scripts(false);
  const see = async (what) => {
    findings.count("steps by keyboard without scripts");
    // axe-core is a script itself; those of the page were passed over when it was read and do not start any more.
    await scripts(true);
    await look(page, what, findings);
    await scripts(false);
    const place = await page.evaluate(() => {
      const link = document.querySelector("header a.help-now");
      return link ? [...document.querySelectorAll("a[href], button, input, select, textarea")].indexOf(link) : -1;
    });
    if (place !== 2) findings.add("Help now is not the third stop of the keyboard", what);
  };
  return { page, see, house, findings };
}

/** Help now and back again, by keyboard. */
async function help({ page, findings }, what) {
  const before = page.url();
  await press(page, "a.help-now");
  if (new URL(page.url()).pathname !== "/help") findings.add("Help now does not lead to Help now", what);
  findings.count("ways to Help now");
  await page.goto(before);
}

async function firstAdmin(hand, plan) {
  const { page, see } = hand;
  await page.goto(plan.houses[0].setup);
  await see("the first admin's welcome");
  await help(hand, "the first admin's welcome");
  await press(page, "main a.button");
  await see("choosing a name");
  await help(hand, "choosing a name");
  // First with mistakes: what was typed stays, the field says what to do.
  await write(page, "#f-called", "Zonnebloem");
  await write(page, "#f-sign_in_name", "beheer hanne");
  await write(page, "#f-passphrase", "short");
  await page.evaluate(() => document.querySelector("form").setAttribute("novalidate", ""));
  await leave(page);
  expect(await page.locator("#f-passphrase-error").count(), "no error at the passphrase");
  expect((await page.inputValue("#f-sign_in_name")) === "beheer hanne", "the sign-in name did not stay");
  await see("choosing a name, with mistakes");
  expect(await page.locator("#f-confidentiality-error").count(), "no error at the promise of confidentiality");
  await write(page, "#f-passphrase", PASSPHRASE);
  await write(page, "#f-again", PASSPHRASE);
  await tick(page, "#f-confidentiality");
  await press(page, "main form button.button");
  expect(new URL(page.url()).pathname === "/", "the first admin did not come in");
  expect(page.url().includes("said="), "the page's script runs, which should be off");
  expect((await heading(page)).includes("Zonnebloem"), "the first page does not greet by name");
  await see("the first page, empty");
  await help(hand, "the first page");
}

async function namesAndLanguage(hand) {
  const { page, see } = hand;
  await press(page, "nav a[href='/me']");
  await see("me");
  await press(page, "a[href='/me/names/new']");
  await write(page, "#f-called", "Quiet Heron");
  await leave(page);
  await see("me, with two names");
  await press(page, ".languages button[value='da']");
  expect((await page.getAttribute("html", "lang")) === "da", "the page is not in Danish");
  await press(page, ".languages button[value='en']");
  await press(page, "a[href='/me/sessions']");
  await see("where one is signed in");
  await help(hand, "where one is signed in");
}

async function ownGroup(hand, plan) {
  const { page, see } = hand;
  await press(page, "nav a[href='/groups']");
  await see("groups");
  await press(page, "a[href='/groups/new']");
  await see("a new group");
  await help(hand, "a new group");
  await reach(page, "#f-name");
  await page.evaluate(() => document.querySelector("main form").setAttribute("novalidate", ""));
  await leave(page);
  await see("a new group, without a name");
  await write(page, "#f-name", "Morning coffee");
  await write(page, "#f-purpose", "A slow start of the day, together. Write in your own language, **short is fine**.");
  await tick(page, "input[name='day'][value='0']");
  await tick(page, "input[name='day'][value='4']");
  await write(page, "#f-from", "10:00");
  await write(page, "#f-until", "16:00");
  await choose(page, "join", "open");
  await choose(page, "reach", "partners");
  await tick(page, "#f-partner-1");
  await tick(page, "#f-partner-2");
  await press(page, "main form[action='/groups'] button");
  expect((await heading(page)) === "Morning coffee", "the group is not there");
  plan.group = new URL(page.url()).pathname.match(/^\/g\/[^/]+/)[0];
  await see("a group, empty");
  await help(hand, "a group");
}

async function words(hand) {
  const { page, see } = hand;
  await press(page, "main a[href$='/write']");
  await see("writing");
  await help(hand, "writing");
  await reach(page, "#f-text");
  await page.evaluate(() => document.querySelector("form.writing").setAttribute("novalidate", ""));
  await press(page, "button[value='post']");
  expect(await page.locator("#f-text-error").count(), "no error at the empty text");
  await see("writing, without a text");
  await write(page, "#f-text", "Good morning everyone. Write one thing that may be *good enough* today.");
  await write(page, "#f-label", "hello");
  await press(page, "button[value='keep']");
  await press(page, "header a.house");
  await see("the first page, with a draft");
  await press(page, "main a[href$='/write']");
  expect((await page.inputValue("#f-text")).startsWith("Good morning"), "the draft did not stay");
  await see("writing on");
  await press(page, "button[value='post']");
  if (!new URL(page.url()).pathname.startsWith("/o/")) await press(page, "main a[href^='/o/']");
  await see("a conversation");
  await help(hand, "a conversation");
  await write(page, "#f-text", "My thing: open the curtains before ten.");
  await press(page, "button[value='post']");
  expect(await page.getByText("open the curtains before ten").count(), "the answer is not there");
  await see("a conversation, with an answer");
  await press(page, "section[aria-labelledby='answers'] a[href$='/edit']");
  await see("changing a text");
  await write(page, "#f-text", "My thing: open the curtains before nine.");
  await press(page, "form.writing button");
  expect(await page.getByText("before nine").count(), "the change is not there");
  await press(page, "section[aria-labelledby='answers'] a[href$='/delete']");
  await see("taking a text away");
  await help(hand, "taking a text away");
  await press(page, "button[value='week']");
  // Its writer can still read it, and not change it any more.
  expect((await page.locator("section[aria-labelledby='answers'] a[href$='/edit']").count()) === 0, "the text was not taken away");
  await see("a conversation, with a text taken away");
  await press(page, "form[action$='/undo'] button");
  expect(await page.getByText("before nine").count(), "the text did not come back");
  await see("a conversation, with a text taken back");
}

async function invite(hand, plan) {
  const { page, see } = hand;
  await press(page, "nav a[href='/admin']");
  await see("the admin's page");
  await press(page, "a[href='/people/invitations']");
  await see("invitations");
  await write(page, "#f-count", "2");
  await press(page, "form[action='/people/invitations'] button");
  await see("invitations to print");
  await help(hand, "invitations to print");
  await page.goto(`${hand.house.origin}/people/invitations`);
  await write(page, "#f-count", "1");
  await press(page, "form[action='/people/invitations'] button");
  const link = (await page.locator("code.link").first().innerText()).trim();
  await page.setViewportSize({ width: 794, height: 1123 });
  await page.emulateMedia({ media: "print" });
  await page.screenshot({ path: `${plan.pictures}/invitation-printed.png` });
  await page.emulateMedia({ media: null });
  for (const [width, scheme] of [[320, "light"], [1280, "light"]]) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: scheme });
    await page.screenshot({ path: `${plan.pictures}/invitation-${width}-${scheme}.png`, fullPage: true });
  }
  plan.invitation = (await page.locator("code.link").last().innerText()).trim();
  await press(page, "main a[href='/people/invitations']");
  await see("invitations that were made");
  return link;
}

async function signOutAndIn(hand, house) {
  const { page, see } = hand;
  await press(page, "nav a[href='/me']");
  await press(page, "form[action='/sign-out'] button");
  await see("signed out");
  await page.goto(`${house.origin}/groups`);
  await see("a page for members, signed out");
  await page.goto(`${house.origin}/sign-in`);
  await write(page, "#f-name", "beheer hanne");
  await write(page, "#f-passphrase", "not the right one");
  await leave(page);
  await see("signing in, with a wrong passphrase");
  await help(hand, "signing in");
  await write(page, "#f-name", "beheer hanne");
  await write(page, "#f-passphrase", PASSPHRASE);
  await leave(page);
  expect(await page.locator("nav a[href='/me']").count(), "signing in did not work");
}

async function newcomer(hand, invitation, plan) {
  const { page, see } = hand;
  await page.goto(invitation);
  expect((await page.getAttribute("html", "lang")) === "nl", "the page does not speak the browser's language");
  await see("an invitation");
  await help(hand, "an invitation");
  await press(page, "main a.button");
  await write(page, "#f-sign_in_name", "rustig op zolder");
  await write(page, "#f-passphrase", PASSPHRASE);
  await write(page, "#f-again", PASSPHRASE);
  await leave(page);
  expect(new URL(page.url()).pathname === "/", "the newcomer did not come in");
  await see("the first page of a newcomer");
  await press(page, "main a.button[href='/groups']");
  // By its address: groups of other houses stand in the list as they arrive.
  await press(page, `main a[href^='${plan.group}']`);
  await see("a group, before joining");
  await help(hand, "a group, before joining");
  await press(page, "form[action$='/membership'] button");
  if (new URL(page.url()).pathname.endsWith("/about")) await press(page, "main a.button[href^='/g/']");
  await press(page, "main a[href$='/write']");
  await write(page, "#f-text", "Hallo allemaal. Ik lees eerst een tijdje mee.");
  await press(page, "button[value='post']");
  expect(await page.getByText("Ik lees eerst een tijdje mee").count(), "the newcomer's post is not there");
  await see("a conversation of a newcomer");
  await page.goto(invitation);
  await see("an invitation that was used");
  await page.goto(`${plan.houses[0].origin}/nowhere`);
  await see("a page that is not there");
}
