// The way through time: a slider over all slots, play, steps from clear look to clear look.
const TICK_MS = 350;

class Transport {
  constructor(config, root, moved) {
    this.slots = config.slots;
    this.least = config.least_clear;
    this.moved = moved;
    this.box = made("div", { className: "transport" }, root);
    const row = made("div", { className: "row" }, this.box);
    this.playing = made("button", { type: "button", className: "play" }, row);
    this.playing.addEventListener("click", () => (this.timer ? this.pause() : this.play()));
    this.button(row, "◀", "Clear look before", () => this.step(-1));
    this.button(row, "▶", "Clear look after", () => this.step(1));
    this.told = made("output", { className: "told" }, row);
    const track = made("div", { className: "track" }, this.box);
    this.strip(track, config.marks);
    this.range = made("input", { type: "range", min: 0, max: this.slots.length - 1, step: 1, ariaLabel: "Date" }, track);
    this.range.addEventListener("input", () => {
      this.pause();
      this.go(Number(this.range.value));
    });
    const jumps = made("div", { className: "jumps" }, this.box);
    for (const mark of config.marks)
      this.button(jumps, `${mark.words} ${day(mark.date)}`, "", () => this.go(this.nearest(mark.date)));
    this.pause();
  }

  button(parent, words, label, act) {
    const button = made("button", { type: "button", textContent: words }, parent);
    if (label) [button.ariaLabel, button.title] = [label, label];
    button.addEventListener("click", () => {
      this.pause();
      act();
    });
  }

  strip(parent, marks) {
    const n = this.slots.length;
    const strip = drawn("svg", { class: "strip", viewBox: `0 0 ${n} 20`, preserveAspectRatio: "none", "aria-hidden": "true" }, parent);
    this.slots.forEach((slot, i) => {
      const high = 20 * (slot.clear || 0);
      drawn("rect", { x: i + 0.1, y: 20 - high, width: 0.8, height: high, fill: slot.clear >= this.least ? "#0072b2" : "#a5c8df" }, strip);
      if (slot.failed) drawn("rect", { x: i, y: 0, width: 1, height: 4, fill: "#d55e00" }, strip);
    });
    for (const mark of marks) drawn("rect", { x: this.nearest(mark.date) + 0.3, y: 0, width: 0.4, height: 20, fill: "#d55e00" }, strip);
  }

  nearest(date) {
    let best = 0;
    const at = Date.parse(date);
    this.slots.forEach((slot, i) => {
      if (Math.abs(Date.parse(slot.date) - at) < Math.abs(Date.parse(this.slots[best].date) - at)) best = i;
    });
    return best;
  }

  words(index) {
    const slot = this.slots[index];
    if (!slot.acquired) return "no acquisition in this slot";
    const clear = `${Math.round(100 * (slot.clear || 0))} % clear`;
    const failed = slot.failed ? `, ${slot.failed} failed reads` : "";
    return `${slot.acquired === slot.date ? "" : `taken ${day(slot.acquired)}, `}${clear}${failed}`;
  }

  go(index) {
    this.index = index;
    this.range.value = index;
    const date = day(this.slots[index].date);
    this.range.setAttribute("aria-valuetext", `${date}, ${this.words(index)}`);
    this.told.replaceChildren(made("strong", { textContent: date }), ` ${this.words(index)}`);
    this.moved(index);
  }

  step(by) {
    const clear = (i) => (this.slots[i].clear || 0) >= this.least;
    let next = this.index + by;
    while (next >= 0 && next < this.slots.length && !clear(next)) next += by;
    if (next >= 0 && next < this.slots.length) this.go(next);
    return next >= 0 && next < this.slots.length;
  }

  play() {
    if (!this.slots.slice(this.index + 1).some((slot) => (slot.clear || 0) >= this.least)) this.go(0);
    this.timer = setInterval(() => this.step(1) || this.pause(), TICK_MS);
    this.dress("❚❚", "Pause");
  }

  pause() {
    const ran = Boolean(this.timer);
    clearInterval(this.timer);
    this.timer = 0;
    this.dress("▶ Play", "Play the clear looks");
    if (ran) this.moved(this.index);
  }

  dress(sign, label) {
    this.playing.textContent = sign;
    this.playing.ariaLabel = label;
  }
}
