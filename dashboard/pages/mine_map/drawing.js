// Small makers of elements. Text of data enters by textContent and setAttribute alone.
const SVG = "http://www.w3.org/2000/svg";

function drawn(name, attributes = {}, parent = null) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (parent) parent.append(element);
  return element;
}

function made(name, properties = {}, parent = null) {
  const element = Object.assign(document.createElement(name), properties);
  if (parent) parent.append(element);
  return element;
}

const filled = (pattern, values) =>
  pattern.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[name]));

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
function day(text) {
  if (!text) return "–";
  const [year, month, date] = text.split("-").map(Number);
  return `${date} ${MONTHS[month - 1]} ${year}`;
}
