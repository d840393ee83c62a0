// A mine through time: layers, overlays, before and after; moving asks the server for nothing.
const REST_MS = 350;

function choose(parent, words, options, act) {
  const label = made("label", { textContent: words }, parent);
  const select = made("select", {}, label);
  for (const [value, text] of options) select.append(new Option(text, value));
  select.addEventListener("change", () => act(select.value));
  return select;
}

function tick(parent, words, on, act, sample = "") {
  const label = made("label", { className: "tick" }, parent);
  const box = made("input", { type: "checkbox", checked: on }, label);
  if (sample) made("span", { className: `sample ${sample}`, ariaHidden: "true" }, label);
  label.append(words);
  box.addEventListener("change", () => act(box.checked));
  return box;
}

export function render({ model, el }) {
  const config = model.config;
  const root = made("div", { className: "viewer" });
  made("h2", { textContent: "Map through time", className: "heading" }, root);
  const tools = made("div", { className: "tools" }, root);
  const bases = config.layers.filter((layer) => layer.kind === "base");
  const covers = config.layers.filter((layer) => layer.kind === "overlay");
  const known = Object.fromEntries(config.layers.map((layer) => [layer.name, layer]));
  const asked = known[model.layer];
  const now = {
    base: asked?.kind === "base" ? asked.name : bases[0].name,
    cover: asked?.kind === "overlay" ? asked.name : "",
    before: Math.min(config.before, config.slots.length - 1),
    compare: false,
  };
  const said = made("p", { className: "said", role: "status" });
  let resting = 0;

  const state = (picture, what) => {
    const words = { loading: "Loading pictures …", missing: "This picture is not there." }[what] || "";
    wait.textContent = words;
    wait.hidden = !words;
  };
  const heard = ({ x, y, words }) => {
    said.replaceChildren(made("strong", { textContent: `Pixel at ${x.toFixed(0)} m E, ${y.toFixed(0)} m N (${config.crs}). ` }));
    for (const text of words) made("span", { className: "line", textContent: text }, said);
    if (!words.length) made("span", { textContent: "No region, lease or zone lies here." }, said);
    model.point = { x, y, n: (model.point.n || 0) + 1 };
  };

  const below = made("div", {});
  const stage = new Stage(config, below, heard);
  const wait = made("p", { className: "wait", role: "status", hidden: true }, stage.holder);
  const left = made("span", { className: "badge left", hidden: true }, stage.holder);
  const right = made("span", { className: "badge right", hidden: true }, stage.holder);
  const tell = () => {
    const busy = Boolean(resting) || [after, cover, before, before_cover].some(({ loading }) => loading);
    stage.svg.setAttribute("aria-busy", busy);
  };
  const picture = (told = () => {}) => new Picture(config, stage.pictures, told, tell);
  const after = picture(state);
  const [cover, before, before_cover] = [picture(), picture(), picture()];
  for (const picture of [cover, before_cover]) picture.blank.remove();
  for (const picture of [before, before_cover]) picture.group.setAttribute("clip-path", "url(#left-of-line)");

  const settle = () => {
    resting = 0;
    if (transport.timer) return tell();
    for (const picture of [after, cover]) picture.sharpen();
    if (now.compare) for (const picture of [before, before_cover]) picture.sharpen();
    after.ahead(now.base);
    if (now.cover) cover.ahead(now.cover);
    const date = config.slots[transport.index].date;
    const query = new URLSearchParams(location.search);
    query.set("id", config.mine);
    query.set("date", date);
    query.set("layer", now.cover || now.base);
    history.replaceState(history.state, "", `${location.pathname}?${query}${location.hash}`);
    if (model.date !== date) model.date = date;
    tell();
  };
  const draw = () => {
    const index = transport.index;
    cover.show(now.cover, index);
    after.show(now.base, index);
    before.show(now.compare ? now.base : "", now.before);
    before_cover.show(now.compare ? now.cover : "", now.before);
    stage.at(config.slots[index].date);
    right.textContent = day(config.slots[index].date);
    left.textContent = day(config.slots[now.before].date);
    clearTimeout(resting);
    resting = setTimeout(settle, REST_MS);
    tell();
  };
  const legend = made("div", { className: "legend" });
  const explain = () => {
    legend.replaceChildren();
    for (const name of [now.base, now.cover].filter(Boolean)) {
      const line = made("p", {}, legend);
      made("strong", { textContent: `${known[name].title}: ` }, line);
      line.append(known[name].about);
      for (const [words, colour] of known[name].legend) {
        const entry = made("span", { className: "entry" }, line);
        made("i", { ariaHidden: "true" }, entry).style.background = colour;
        entry.append(words);
      }
    }
  };

  choose(tools, "Picture", bases.map((layer) => [layer.name, layer.title]), (value) => {
    now.base = value;
    explain();
    draw();
  }).value = now.base;
  choose(tools, "On top", [["", "nothing"], ...covers.map((layer) => [layer.name, layer.title])], (value) => {
    now.cover = value;
    explain();
    draw();
  }).value = now.cover;
  const ticks = made("div", { className: "ticks", role: "group", ariaLabel: "Lines on the map" }, tools);
  for (const [kind, words] of [["regions", "regions found"], ["leases", "leases"], ["zones", "no-go zones"]])
    tick(ticks, words, true, (on) => stage.kinds(kind, on), kind);
  const compare = tick(ticks, "compare with an earlier date", false, (on) => {
    now.compare = on;
    swipe.hidden = left.hidden = right.hidden = !on;
    stage.split.setAttribute("visibility", on ? "visible" : "hidden");
    draw();
  });
  compare.className = "compare";
  const zooms = made("div", { className: "zooms", role: "group", ariaLabel: "Zoom" }, tools);
  for (const [words, label, act] of [
    ["+", "Zoom in", () => stage.zoom(0.6)],
    ["−", "Zoom out", () => stage.zoom(1 / 0.6)],
    ["⤢", "Whole mine", () => stage.look(stage.full)],
  ]) {
    const button = made("button", { type: "button", textContent: words, ariaLabel: label, title: label }, zooms);
    button.addEventListener("click", act);
  }

  root.append(below);
  const swipe = made("div", { className: "swipe", hidden: true }, root);
  const bar = made("label", { textContent: "Line between the two dates" }, swipe);
  const line = made("input", { type: "range", min: 0, max: 100, value: 50 }, bar);
  line.addEventListener("input", () => stage.divide(line.value / 100));
  stage.divided = (fraction) => (line.value = 100 * fraction);
  const earlier = made("label", { textContent: "Date on the left" }, swipe);
  const first = made("select", {}, earlier);
  config.slots.forEach((slot, i) => {
    if ((slot.clear || 0) >= config.least_clear || i === now.before)
      first.append(new Option(`${day(slot.date)} (${Math.round(100 * (slot.clear || 0))} % clear)`, i));
  });
  first.value = now.before;
  first.addEventListener("change", () => {
    now.before = Number(first.value);
    draw();
  });
  const transport = new Transport(config, root, draw);
  root.append(legend, said);
  made("p", { id: "map-help", className: "help", textContent: "Click a pixel to see its series below. By keyboard: arrows move the cross (with Shift by 100 m), Enter chooses the pixel, + and − zoom, 0 shows the whole mine. Ctrl and the wheel zoom, dragging moves." }, root);

  explain();
  transport.go(transport.nearest(model.date));
  model.on("date", () => {
    if (model.date !== config.slots[transport.index].date) transport.go(transport.nearest(model.date));
  });
  model.on("remove", () => transport.pause());
  return root;
}
