// System against system: a forest plot of differences by task, drawn in SVG in a table that gives the same in figures.

const SVG = "http://www.w3.org/2000/svg"; // a name, not an address: nothing is loaded

/** Returns a new SVG element with attributes. */
function draw(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Returns the standard error of the difference of two complete systems in a row, in the data's unit; null if unknown. */
function standardError(data, row, a, b) {
  if (a === b) return 0;
  const [i, j] = a < b ? [a, b] : [b, a];
  const before = i * data.complete - (i * (i + 1)) / 2; // pairs of the systems before i
  return data.errors[row][before + j - i - 1] ?? null;
}

/** Returns differences a − b with their intervals by row, in the data's unit; the widest first only as the page has them. */
function differences(data, a, b) {
  return data.rows.map((label, row) => {
    const [x, y] = [data.systems[a].rows[3 * row], data.systems[b].rows[3 * row]];
    const error = standardError(data, row, a, b);
    if (x === null || y === null) return { label, delta: null, low: null, high: null };
    const reach = error === null ? null : data.z * error;
    return { label, delta: x - y, low: reach === null ? null : x - y - reach, high: reach === null ? null : x - y + reach };
  });
}

/** Returns half the width of the axis, in the data's unit: all intervals, rounded up so that its ends are told in few digits. */
function reachOf(rows, unit) {
  const widest = Math.max(...rows.flatMap((row) => [row.delta, row.low, row.high].map((value) => Math.abs(value ?? 0))), unit / 1000);
  const magnitude = 10 ** Math.floor(Math.log10(widest));
  return [1, 2, 4, 6, 8, 10].map((factor) => factor * magnitude).find((value) => value >= widest);
}

/** Returns where a value lies on the axis, in percent of its width, with room for a mark at both ends. */
function across(value, reach) {
  return `${(50 + (46 * value) / reach).toFixed(2)}%`;
}

/** Returns one row's drawing: zero, interval, and a mark that is full and points to the better side where zero is outside. */
function drawRow(row, reach) {
  const drawing = draw("svg", { "aria-hidden": "true" });
  drawing.append(draw("line", { x1: "50%", x2: "50%", y1: "0", y2: "100%", class: "zero" }));
  if (row.delta === null) return drawing;
  const apart = row.low !== null && (row.low > 0 || row.high < 0);
  if (row.low !== null) {
    drawing.append(draw("line", { x1: across(row.low, reach), x2: across(row.high, reach), y1: "50%", y2: "50%" }));
  }
  const shape = !apart ? "M-4 0 L0 -4 L4 0 L0 4 Z" : row.delta > 0 ? "M-4 -5 L5 0 L-4 5 Z" : "M4 -5 L-5 0 L4 5 Z";
  const mark = draw("svg", { x: across(row.delta, reach), y: "50%", overflow: "visible" }, draw("path", { d: shape }));
  if (apart) mark.setAttribute("class", "apart");
  drawing.append(mark);
  return drawing;
}

/** Returns the axis: both ends, halves and zero, in points. */
function drawAxis(reach, unit) {
  const drawing = draw("svg", { "aria-hidden": "true" });
  for (const value of [-reach, -reach / 2, 0, reach / 2, reach]) {
    const label = draw("text", { x: across(value * 0.94, reach), y: "15" });
    const digits = reach >= unit / 10 ? 0 : reach >= unit / 100 ? 1 : 2;
    const number = ((100 * Math.abs(value)) / unit).toFixed(digits);
    label.textContent = value === 0 ? "0" : (value > 0 ? "+" : MINUS) + number;
    drawing.append(label);
  }
  return drawing;
}

/** Returns a table row of the forest plot. */
function forestRow(row, reach, unit) {
  const line = make("tr");
  const plot = make("td", "", { class: "plot" });
  plot.append(drawRow(row, reach));
  const interval = row.low === null ? "" : ` [${points(Math.round(row.low), unit)}, ${points(Math.round(row.high), unit)}]`;
  const figures = make("td");
  figures.append(make("b", points(row.delta, unit)), make("small", interval));
  line.append(make("th", row.label, { scope: "row" }), plot, figures);
  return line;
}

/** Draws the comparison of the two chosen systems. */
function compare(data, a, b) {
  const rows = differences(data, a, b);
  const reach = reachOf(rows, data.unit);
  const table = make("table", "", { class: "forest" });
  const caption = make("caption");
  caption.append(make("bdi", data.systems[a].name), " less ", make("bdi", data.systems[b].name));
  caption.append(`, points, ${data.level} intervals, not adjusted. Full marks: zero lies outside.`);
  const head = make("tr");
  for (const label of ["task", "worse ← a − b → better", "difference"]) head.append(make("th", label, { scope: "col" }));
  const [top, body, foot] = ["thead", "tbody", "tfoot"].map((tag) => make(tag));
  top.append(head);
  body.append(...rows.map((row) => forestRow(row, reach, data.unit)));
  const axis = make("tr", "", { "aria-hidden": "true" });
  const plot = make("td", "", { class: "plot" });
  plot.append(drawAxis(reach, data.unit));
  axis.append(make("td", "points"), plot, make("td"));
  foot.append(axis);
  table.append(caption, top, body, foot);
  document.getElementById("forest").replaceChildren(table);
}

/** Starts the comparison: two choices, and a button that swaps them. */
function startCompare(data) {
  const [a, b] = ["compare-a", "compare-b"].map((id) => document.getElementById(id));
  if (a === null) return;
  const update = () => compare(data, Number(a.value), Number(b.value));
  a.addEventListener("change", update);
  b.addEventListener("change", update);
  document.getElementById("swap").addEventListener("click", () => {
    [a.value, b.value] = [b.value, a.value];
    update();
  });
  update();
}
