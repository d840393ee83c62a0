// One layer at one slot: a tile cut out of a year's contact sheet, sharper where a chip is there.
class Picture {
  constructor(config, parent, told, arrived) {
    this.config = config;
    this.told = told;
    this.arrived = arrived;
    const [left, bottom, right, top] = config.extent;
    this.size = { x: 0, y: 0, width: right - left, height: top - bottom };
    this.group = drawn("g", {}, parent);
    this.blank = drawn("rect", { ...this.size, fill: "#d9d9d9" }, this.group);
    this.cut = drawn("svg", { ...this.size, preserveAspectRatio: "none", overflow: "hidden" }, this.group);
    this.chip = drawn("image", { ...this.at(config.chip_extent), preserveAspectRatio: "none", visibility: "hidden" }, this.group);
    this.chip.style.imageRendering = "pixelated";
    this.sheets = new Map();
    this.wanted = "";
    this.sharpening = "";
  }

  get loading() {
    return Boolean(this.sharpening) || [...this.sheets.values()].some(({ state }) => state === "loading");
  }

  at([left, bottom, right, top]) {
    const [x0, , , y0] = this.config.extent;
    return { x: left - x0, y: y0 - top, width: right - left, height: top - bottom };
  }

  year(index) {
    return this.config.years.find((y) => index >= y.first && index < y.first + y.count);
  }

  sheet(layer, year) {
    const key = `${layer}/${year.year}`;
    if (this.sheets.has(key)) return this.sheets.get(key);
    const [width, height] = this.config.tile;
    const image = drawn("image", { width: width * year.columns, height: height * year.rows, preserveAspectRatio: "none", visibility: "hidden" }, this.cut);
    const sheet = { image, state: "loading" };
    this.sheets.set(key, sheet);
    const settle = (state) => {
      sheet.state = state;
      if (this.wanted === key) this.show(this.layer, this.index);
      this.arrived();
    };
    image.addEventListener("load", () => settle("there"));
    image.addEventListener("error", () => settle("missing"));
    image.setAttribute("href", filled(this.config.sheet, { layer, year: year.year }));
    return sheet;
  }

  show(layer, index) {
    [this.layer, this.index] = [layer, index];
    this.chip.setAttribute("visibility", "hidden");
    const year = layer ? this.year(index) : null;
    this.blank.setAttribute("visibility", year ? "visible" : "hidden");
    for (const { image } of this.sheets.values()) image.setAttribute("visibility", "hidden");
    this.wanted = year ? `${layer}/${year.year}` : "";
    if (!year) return this.told(this, "there");
    const sheet = this.sheet(layer, year);
    const [width, height] = this.config.tile;
    const place = index - year.first;
    const x = (place % year.columns) * width;
    const y = Math.floor(place / year.columns) * height;
    this.cut.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
    if (sheet.state === "there") sheet.image.setAttribute("visibility", "visible");
    this.told(this, sheet.state);
  }

  ahead(layer) {
    for (const year of this.config.years) this.sheet(layer, year);
  }

  sharpen() {
    if (!this.layer || !this.config.slots[this.index].acquired) return;
    const href = filled(this.config.chip, { layer: this.layer, date: this.config.slots[this.index].date.replaceAll("-", "") });
    const [layer, index] = [this.layer, this.index];
    const ready = () => {
      if (this.layer === layer && this.index === index) this.chip.setAttribute("visibility", "visible");
    };
    if (this.chip.getAttribute("href") === href) return ready();
    this.sharpening = href;
    const ended = () => {
      this.sharpening = "";
      this.arrived();
    };
    this.chip.onload = () => {
      ready();
      ended();
    };
    this.chip.onerror = ended;
    this.chip.setAttribute("href", href);
  }
}
