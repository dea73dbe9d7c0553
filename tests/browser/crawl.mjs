// Every page that a link leads to, for a member, a host, an admin and a visitor, in three languages.

import { look, stops, weigh } from "./look.mjs";
import { FIRST_ADMIN, somebody } from "./people.mjs";

const LANGUAGES = ["en", "nl", "da"];
/** More pages than the plan can have: a page that makes links without end is found here. */
const MOST = 150;
/** So many people walk at the same time. */
const AT_ONCE = 2;

export async function crawl(browser, plan, findings) {
  const [zonnehoek, havnen] = plan.houses;
  const seen = new Set();
  // Who sees most comes first, so that the two who walk at the same time end together.
  const people = [
    ["admin", zonnehoek, FIRST_ADMIN, ["/", "/partners", "/admin/queue?all=1"]],
    ["host", havnen, havnen.people.host, ["/", "/partners"]],
    ["member", zonnehoek, zonnehoek.people.member, ["/", "/partners"]],
    ["visitor", zonnehoek, null, ["/", "/help", "/sign-in", "/partners", new URL(plan.invitation).pathname, "/sign-in/link/nothing", "/invite/nothing", "/nowhere", "/groups"]],
  ];
  const walk = async () => {
    for (let next = people.shift(); next; next = people.shift()) {
      const [role, house, person, starts] = next;
      const { page, context } = await somebody(browser, house, person, findings);
      for (const lang of LANGUAGES) {
        await context.addCookies([{ name: "lang", value: lang, url: house.origin }]);
        await everything({ page, house, role, lang, starts, seen }, findings);
      }
      await context.close();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, walk));
}

/** Opens a page; nothing when the address is a file to keep. */
async function open(page, address) {
  try {
    return await page.goto(address);
  } catch (error) {
    if (String(error).includes("Download is starting")) return null;
    throw error;
  }
}

async function everything({ page, house, role, lang, starts, seen }, findings) {
  const waiting = starts.map((path) => new URL(path, house.origin).href);
  const known = new Set(waiting);
  for (let count = 0; waiting.length > 0; count += 1) {
    if (count > MOST) return findings.add("links lead to ever more pages", `${role} in ${lang}, ${waiting[0]}`);
    const address = waiting.shift();
    const where = `${new URL(address).pathname} (${role}, ${lang})`;
    const response = await open(page, address);
    if (!response) {
      const file = await page.request.get(address);
      if (file.status() >= 400) findings.add(`a link leads to a file that answers ${file.status()}`, where);
      findings.count("files offered");
      continue;
    }
    const status = response.status();
    if (status >= 500 || (status >= 400 && !starts.some((path) => address.endsWith(path)))) findings.add(`a link leads to a page that answers ${status}`, where);
    if ((await page.getAttribute("html", "lang")) !== lang) findings.add("a page is not in the language that was chosen", where);
    await weigh(page, response, where, findings);
    await look(page, where, findings, lang === LANGUAGES[0]);
    const shape = `${role} ${new URL(address).pathname}`;
    if (!seen.has(shape)) {
      seen.add(shape);
      await stops(page, where, findings);
    }
    const links = await page.evaluate(() => [...document.querySelectorAll("a[href]")].map((link) => link.href));
    for (const link of links.map((href) => new URL(href))) {
      link.hash = "";
      if (link.origin === house.origin && !link.searchParams.has("lang") && !known.has(link.href)) {
        known.add(link.href);
        waiting.push(link.href);
      }
    }
  }
  findings.count("pages crawled", known.size);
}
