// The map: pictures below, lines of law and regions above, in metres from the upper left corner.
const NEAREST = 8;

class Stage {
  constructor(config, root, heard) {
    this.config = config;
    this.heard = heard;
    const [left, bottom, right, top] = config.extent;
    this.full = { x: 0, y: 0, w: right - left, h: top - bottom };
    this.holder = made("div", { className: "holder" }, root);
    this.svg = drawn("svg", { class: "stage", tabindex: 0, role: "application", "aria-roledescription": "map", "aria-label": config.label, "aria-describedby": "map-help" }, this.holder);
    this.svg.style.aspectRatio = `${this.full.w} / ${this.full.h}`;
    const marks = drawn("defs", {}, this.svg);
    this.hatch = drawn("pattern", { id: "hatch", width: 8, height: 8, patternUnits: "userSpaceOnUse" }, marks);
    drawn("rect", { width: 8, height: 8, fill: config.colours.zone, "fill-opacity": 0.12 }, this.hatch);
    drawn("path", { d: "M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4", stroke: config.colours.zone, "stroke-width": 1.6 }, this.hatch);
    this.clip = drawn("rect", { x: 0, y: 0, width: 0, height: this.full.h }, drawn("clipPath", { id: "left-of-line" }, marks));
    this.pictures = drawn("g", { "aria-hidden": "true" }, this.svg);
    this.lines = drawn("g", {}, this.svg);
    this.front = drawn("g", {}, this.svg);
    this.split = drawn("line", { class: "split", visibility: "hidden" }, this.front);
    this.cross = drawn("path", { class: "cross", visibility: "hidden" }, this.front);
    this.scale = made("div", { className: "scale", ariaHidden: "true" }, this.holder);
    this.north = made("div", { className: "north", textContent: "N ↑", ariaHidden: "true" }, this.holder);
    this.fraction = 0.5;
    this.divided = () => {};
    this.cursor = { x: this.full.w / 2, y: this.full.h / 2 };
    for (const kind of ["outline", "zones", "leases", "regions"]) this.add(kind, config.shapes[kind]);
    this.view = { ...this.full };
    this.look(this.full);
    this.listen();
    new ResizeObserver(() => this.look(this.view)).observe(this.svg);
  }

  add(kind, shapes) {
    const group = drawn("g", { class: kind }, this.lines);
    for (const shape of shapes) {
      const path = drawn("path", { d: shape.path, "fill-rule": "evenodd" }, group);
      drawn("title", {}, path).textContent = shape.words;
      if (shape.since) path.dataset.since = shape.since;
      if (kind === "zones") path.setAttribute("fill", "url(#hatch)");
      path.words = shape.words;
    }
  }

  kinds(kind, shown) {
    this.lines.querySelector(`.${kind}`).setAttribute("visibility", shown ? "visible" : "hidden");
  }

  at(date) {
    for (const path of this.lines.querySelectorAll(".regions path"))
      path.style.display = path.dataset.since <= date ? "" : "none";
  }

  look({ x, y, w, h }) {
    const zoom = Math.min(1, Math.max(w / this.full.w, 1 / 40));
    [w, h] = [this.full.w * zoom, this.full.h * zoom];
    x = Math.min(Math.max(x, 0), this.full.w - w);
    y = Math.min(Math.max(y, 0), this.full.h - h);
    this.view = { x, y, w, h };
    this.svg.setAttribute("viewBox", `${x} ${y} ${w} ${h}`);
    this.svg.classList.toggle("near", zoom < 1);
    const width = this.svg.clientWidth || 600;
    const metres = w / width;
    this.hatch.setAttribute("patternTransform", `scale(${metres * 1.3})`);
    this.clip.setAttribute("x", x);
    this.clip.setAttribute("width", w * this.fraction);
    const line = x + w * this.fraction;
    for (const [key, value] of Object.entries({ x1: line, x2: line, y1: y, y2: y + h })) this.split.setAttribute(key, value);
    const target = metres * 110;
    const power = 10 ** Math.floor(Math.log10(target));
    const length = [5, 2, 1].map((n) => n * power).find((n) => n <= target);
    this.scale.style.width = `${length / metres}px`;
    this.scale.textContent = length >= 1000 ? `${length / 1000} km` : `${length} m`;
    this.aim(metres);
  }

  zoom(factor, centre = null) {
    const { x, y, w, h } = this.view;
    const c = centre || { x: x + w / 2, y: y + h / 2 };
    this.look({ x: c.x - (c.x - x) * factor, y: c.y - (c.y - y) * factor, w: w * factor, h: h * factor });
  }

  aim(metres = this.view.w / (this.svg.clientWidth || 600)) {
    const { x, y } = this.cursor;
    const [a, b] = [4 * metres, 14 * metres];
    this.cross.setAttribute("d", `M${x - b},${y} h${b - a} M${x + a},${y} h${b - a} M${x},${y - b} v${b - a} M${x},${y + a} v${b - a}`);
  }

  place(event) {
    const matrix = this.svg.getScreenCTM().inverse();
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    return { x: point.x, y: point.y };
  }

  on_line(event) {
    if (this.split.getAttribute("visibility") === "hidden") return false;
    const metres = this.view.w / this.svg.clientWidth;
    return Math.abs(this.place(event).x - this.view.x - this.fraction * this.view.w) < 14 * metres;
  }

  divide(fraction) {
    this.fraction = Math.min(Math.max(fraction, 0), 1);
    this.look(this.view);
    this.divided(this.fraction);
  }

  choose(point) {
    const { w, h } = this.full;
    if (!(point.x >= 0 && point.y >= 0 && point.x < w && point.y < h)) return;
    this.cursor = point;
    this.cross.setAttribute("visibility", "visible");
    this.aim();
    const words = [];
    for (const path of this.lines.querySelectorAll(".regions path, .zones path, .leases path")) {
      if (path.style.display === "none" || path.parentNode.getAttribute("visibility") === "hidden") continue;
      if (path.isPointInFill(new DOMPoint(point.x, point.y))) words.push(path.words);
    }
    const [left, , , top] = this.config.extent;
    this.heard({ x: left + point.x, y: top - point.y, words });
  }

  listen() {
    let held = null;
    this.svg.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      held = { x: event.clientX, y: event.clientY, view: { ...this.view }, moved: false, line: this.on_line(event) };
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (!held || !event.buttons) return;
      const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
      if (!held.moved && Math.hypot(dx, dy) < NEAREST) return;
      if (!held.moved) this.svg.setPointerCapture(event.pointerId);
      held.moved = true;
      if (held.line) return this.divide((this.place(event).x - this.view.x) / this.view.w);
      const metres = held.view.w / this.svg.clientWidth;
      this.look({ ...held.view, x: held.view.x - dx * metres, y: held.view.y - dy * metres });
    });
    const let_go = (event) => {
      if (held && !held.moved && event.type === "pointerup") this.choose(this.place(event));
      held = null;
    };
    for (const name of ["pointerup", "pointercancel"]) this.svg.addEventListener(name, let_go);
    this.svg.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.place(event));
    }, { passive: false });
    this.svg.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const step = event.shiftKey ? 100 : 10;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (moves[event.key]) {
      this.cursor = {
        x: Math.min(Math.max(this.cursor.x + moves[event.key][0], 5), this.full.w - 5),
        y: Math.min(Math.max(this.cursor.y + moves[event.key][1], 5), this.full.h - 5),
      };
      this.cross.setAttribute("visibility", "visible");
      this.aim();
    } else if (event.key === "Enter" || event.key === " ") this.choose(this.cursor);
    else if (event.key === "+" || event.key === "=") this.zoom(0.8, this.cursor);
    else if (event.key === "-") this.zoom(1.25, this.cursor);
    else if (event.key === "0") this.look(this.full);
    else return;
    event.preventDefault();
  }
}
