// Hands on a keyboard: Tab to a thing, then Enter, Space or letters. No mouse, no script of the page.

const MOST_STOPS = 250;
/** So many milliseconds are waited for what must come. It measures nothing: a busy machine is slow, and only what never comes is wrong. */
export const PATIENCE = 5 * 60_000;

/** Presses Tab until the thing has the focus. */
export async function reach(page, selector) {
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
  }
  throw new Error(`the keyboard does not reach ${selector} on ${page.url()}`);
}

/** Presses a key that leads to another page. */
export async function leave(page, key = "Enter") {
  await Promise.all([page.waitForNavigation(), page.keyboard.press(key)]);
}

/** Follows a link or presses a button. */
export async function press(page, selector) {
  await reach(page, selector);
  await leave(page);
}

/** Writes into a field; what stood there goes. */
export async function write(page, selector, text) {
  await reach(page, selector);
  await page.keyboard.press("Control+A");
  await page.keyboard.press("Delete");
  await page.keyboard.type(text);
}

/** Chooses one of several: Tab to the group, arrows to the value. */
export async function choose(page, name, value) {
  await reach(page, `input[type=radio][name="${name}"]`);
  for (let step = 0; step < 30; step += 1) {
    const at = await page.evaluate(() => [document.activeElement.value, document.activeElement.checked]);
    if (at[0] === value && at[1]) return;
    await page.keyboard.press(at[0] === value ? "Space" : "ArrowDown");
  }
  throw new Error(`${name} cannot be set to ${value} on ${page.url()}`);
}

/** Ticks a box. */
export async function tick(page, selector) {
  await reach(page, selector);
  if (!(await page.evaluate(() => document.activeElement.checked))) await page.keyboard.press("Space");
}

/** The page's heading. */
export async function heading(page) {
  return (await page.locator("h1").first().innerText()).trim();
}

/** Says so when a page is not what was expected. */
export function expect(good, sentence) {
  if (!good) throw new Error(sentence);
}
