// Pictures of the screens, small and wide, light and dark: for whoever wants to see what the walk saw.

import { FIRST_ADMIN, somebody } from "./people.mjs";

export async function pictures(browser, plan, findings) {
  const [zonnehoek, havnen] = plan.houses;
  const asked = new URL(plan.asked.actor).pathname;
  const screens = [
    [zonnehoek, null, { welcome: "/", "sign-in": "/sign-in", help: "/help", invite: new URL(plan.invitation).pathname, name: `${new URL(plan.invitation).pathname}/name`, lost: "/nowhere", houses: "/partners" }],
    [zonnehoek, FIRST_ADMIN, {
      home: "/", groups: "/groups", group: plan.group, about: `${plan.group}/about`, write: `${plan.group}/write`, thread: plan.thread, me: "/me", names: "/me/names/new",
      sessions: "/me/sessions", passphrase: "/me/passphrase", admin: "/admin", partners: "/admin/partners", queue: "/admin/queue?all=1", lines: "/admin/help", people: "/people",
      invitations: "/people/invitations", found: "/groups/new", edit: `${plan.group}/edit`, readers: `${plan.group}/readers`, "group-people": `${plan.group}/people`, unanswered: `${plan.group}/unanswered`,
    }],
    [havnen, havnen.people.host, { "host-home": "/", desk: "/desk", asking: `${asked}/people`, "host-group": asked, "host-thread": `/o/${plan.asked.post}` }],
  ];
  for (const [house, person, paths] of screens) {
    const { page, context } = await somebody(browser, house, person, findings);
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(`${house.origin}${path}`);
      for (const [width, colorScheme] of [[320, "light"], [1280, "light"], [1280, "dark"]]) {
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: `${plan.pictures}/${name}-${width}-${colorScheme}.png`, fullPage: true });
      }
    }
    await context.close();
  }
}
