// A file chooser that posts what was chosen; too large a file is refused before it is sent.
export function render({ model }) {
  const form = document.createElement("form");
  form.setAttribute("aria-label", "Upload law");
  const cell = (label, input) => {
    const div = document.createElement("div");
    input.id = "upload-" + input.name;
    div.className = "field";
    div.append(Object.assign(document.createElement("label"), { htmlFor: input.id, textContent: label }), input);
    form.append(div);
    return input;
  };
  const layer = cell("Layer", Object.assign(document.createElement("select"), { name: "layer" }));
  for (const name of model.layers) layer.append(new Option(name, name));
  const file = cell("File", Object.assign(document.createElement("input"), { name: "file", type: "file" }));
  const button = Object.assign(document.createElement("button"), { type: "submit", textContent: "Upload" });
  const under = document.createElement("div");
  under.className = "field button";
  under.append(button);
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  said.className = "said";
  form.append(under, said);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const chosen = file.files[0];
    if (!chosen) { said.textContent = "Choose a file first."; return; }
    const most = model.most[layer.value];
    if (chosen.size > most) {
      said.textContent = `That file is too large (${Math.round(chosen.size / 1e6)} MB): ${most / 1e6} MB are the most for ${layer.value}.`;
      return;
    }
    button.disabled = true;
    said.textContent = "Sending and reading ...";
    try {
      const headers = { "X-Layer": layer.value, "X-Name": encodeURIComponent(chosen.name), "X-Token": model.token };
      const answer = await fetch("/upload/law", { method: "POST", headers, body: chosen });
      const kind = answer.headers.get("Content-Type") || "";
      const told = kind.includes("json") ? await answer.json() : { error: await answer.text() };
      said.textContent = told.error || `${told.name} was read; it waits below.`;
      if (!told.error) { file.value = ""; model.send_msg({ uploaded: told.draft }); }
    } catch (error) {
      said.textContent = "The file could not be sent. Is the server there? Sign in again, then try once more.";
    }
    button.disabled = false;
  });
  return form;
}
