// A list of fields in, native form controls with labels out; `values` stays in step both ways.
let serial = 0;

function control(field, id) {
  const options = (field.options || []).map((o) => (typeof o === "object" ? o : { value: o, label: o }));
  if (field.kind === "checks") {
    const set = document.createElement("fieldset");
    set.append(Object.assign(document.createElement("legend"), { textContent: field.label }));
    for (const option of options) {
      const label = document.createElement("label");
      const box = Object.assign(document.createElement("input"), { type: "checkbox", value: option.value });
      const sign = Object.assign(document.createElement("span"), { textContent: option.sign || "" });
      sign.className = "sign";
      sign.ariaHidden = "true";
      sign.style.color = option.colour || "inherit";
      label.append(box, sign, document.createTextNode(option.label));
      set.append(label);
    }
    return [set, set];
  }
  const cell = document.createElement("div");
  if (field.kind === "button") {
    const button = Object.assign(document.createElement("button"), { type: "button", id, textContent: field.label });
    cell.append(button);
    return [cell, button];
  }
  const label = Object.assign(document.createElement("label"), { htmlFor: id, textContent: field.label });
  let input;
  if (field.kind === "select") {
    input = document.createElement("select");
    for (const option of options) input.append(new Option(option.label, option.value));
  } else if (field.kind === "textarea") {
    input = document.createElement("textarea");
    input.rows = field.rows || 3;
  } else {
    input = document.createElement("input");
    input.type = field.kind;
    for (const key of ["min", "max", "step"]) if (field[key] !== undefined) input[key] = field[key];
  }
  input.id = id;
  for (const key of ["placeholder", "maxLength", "autocomplete"])
    if (field[key] !== undefined) input[key] = field[key];
  if (field.required) input.required = true;
  cell.append(label, input);
  if (field.kind === "range") {
    const output = Object.assign(document.createElement("output"), { htmlFor: id });
    label.append(" ", output);
  }
  if (field.help) {
    const help = Object.assign(document.createElement("small"), { id: id + "-help", textContent: field.help });
    input.setAttribute("aria-describedby", help.id);
    cell.append(help);
  }
  return [cell, input];
}

function said(field, value) {
  if (field.percent) return Math.round(100 * value) + " %";
  return String(value) + (field.unit ? " " + field.unit : "");
}

export function render({ model, el }) {
  const form = document.createElement("form");
  form.setAttribute("aria-label", model.label);
  form.addEventListener("submit", (event) => event.preventDefault());
  let shown = {};

  const write = () => {
    const values = model.values;
    for (const [name, { field, input }] of Object.entries(shown)) {
      const value = values[name];
      if (field.kind === "button") continue;
      if (field.kind === "checks") {
        const chosen = new Set(value || []);
        for (const box of input.querySelectorAll("input")) box.checked = chosen.has(box.value);
      } else {
        const text = value === undefined || value === null ? "" : String(value);
        if (input.value !== text && input.getRootNode().activeElement !== input) input.value = text;
        else if (field.kind === "select" || field.kind === "range") input.value = text;
        if (field.kind === "range") input.previousElementSibling.querySelector("output").value = said(field, input.value);
      }
    }
  };
  const address = (values) => {
    if (!model.address) return;
    const query = new URLSearchParams(location.search);
    for (const { field } of Object.values(shown)) {
      const value = values[field.name];
      const text = Array.isArray(value) ? value.join(",") : String(value ?? "");
      if (text === "" || text === String(field.rest ?? "")) query.delete(field.name);
      else query.set(field.name, text);
    }
    const text = query.toString();
    history.replaceState(history.state, "", location.pathname + (text ? "?" + text : "") + location.hash);
  };
  const read = (field, input) => {
    if (field.kind === "checks") return [...input.querySelectorAll("input:checked")].map((box) => box.value);
    if (field.kind === "number" || field.kind === "range") return input.value === "" ? null : Number(input.value);
    return input.value;
  };
  const draw = () => {
    const active = form.getRootNode().activeElement?.name;
    form.replaceChildren();
    shown = {};
    for (const field of model.fields) {
      const [cell, input] = control(field, `field-${++serial}-${field.name}`);
      cell.className = "field " + field.kind;
      cell.dataset.name = field.name;
      input.name = field.name;
      let waiting = 0;
      const tell = () => {
        const values = { ...model.values, [field.name]: read(field, input) };
        model.values = values;
        address(values);
      };
      if (field.kind === "button") input.addEventListener("click", () => {
        const values = { ...model.values }; // what was typed a moment ago as well
        for (const one of Object.values(shown)) if (one.field.kind !== "button") values[one.field.name] = read(one.field, one.input);
        model.values = values;
        model.send_msg({ pressed: field.name });
      });
      else if (["text", "search", "number", "range", "textarea", "password"].includes(field.kind)) {
        input.addEventListener("input", () => {
          if (field.kind === "range") input.previousElementSibling.querySelector("output").value = said(field, input.value);
          clearTimeout(waiting);
          waiting = setTimeout(tell, 200);
        });
      } else input.addEventListener("change", tell);
      shown[field.name] = { field, input };
      form.append(cell);
      if (active === field.name) requestAnimationFrame(() => input.focus());
    }
    write();
  };
  model.on("fields", draw);
  model.on("values", () => {
    write();
    address(model.values);
  });
  draw();
  return form;
}
