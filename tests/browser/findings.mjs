// What the walk found wrong and what it measured. Nothing is thrown away: the walk goes on, and ends with a list.

export class Findings {
  wrong = new Map();
  counts = new Map();
  heaviest = { bytes: 0, where: "" };
  slowest = new Map();

  /** Something is not as it should be. The same thing on many pages is told once, with the first places. */
  add(what, where) {
    const places = this.wrong.get(what) ?? [];
    places.push(where);
    this.wrong.set(what, places);
  }

  count(what, by = 1) {
    this.counts.set(what, (this.counts.get(what) ?? 0) + by);
  }

  weigh(bytes, where) {
    if (bytes > this.heaviest.bytes) this.heaviest = { bytes, where };
  }

  took(what, milliseconds) {
    this.slowest.set(what, Math.max(this.slowest.get(what) ?? 0, Math.round(milliseconds)));
  }

  tell() {
    const lines = [...this.counts].map(([what, count]) => `${what}: ${count}`);
    lines.push(`heaviest page: ${(this.heaviest.bytes / 1000).toFixed(1)} kB (${this.heaviest.where})`);
    lines.push(...[...this.slowest].map(([what, time]) => `${what}: ${time} ms`));
    console.log(lines.map((line) => `  ${line}`).join("\n"));
    for (const [what, places] of this.wrong) {
      const more = places.length > 4 ? ` and ${places.length - 4} more` : "";
      console.log(`WRONG: ${what}\n       ${places.slice(0, 4).join(", ")}${more}`);
    }
    console.log(this.wrong.size === 0 ? "The walk found nothing wrong." : `The walk found ${this.wrong.size} things.`);
    return this.wrong.size === 0;
  }
}
