// The heat map: another system, differences instead of scores, and what a cell holds in words.

const MINUS = "−";
const SIGNS = { better: "+", worse: MINUS, undecided: "·" };

/** Returns percent of a score in the data's unit. */
function percent(value, unit) {
  return value === null ? "–" : (100 * (value / unit)).toFixed(1);
}

/** Returns points with a sign, which a rounded zero keeps. */
function points(value, unit) {
  if (value === null) return "–";
  if (value === 0) return "0.0";
  return (value > 0 ? "+" : MINUS) + (100 * Math.abs(value / unit)).toFixed(1);
}

/** Returns the class of a value on a scale, the ends holding what lies beyond them. */
function step(value, scale) {
  const steps = scale.labels.length;
  const place = Math.floor(((value - scale.low) / (scale.high - scale.low)) * steps);
  return scale.prefix + Math.min(Math.max(place, 0), steps - 1);
}

/** Returns a language's code with its English name where the browser knows one. */
function languageName(code) {
  try {
    const found = new Intl.DisplayNames(["en"], { type: "language" }).of(code);
    return found && found !== code ? `${found} (${code})` : code;
  } catch {
    return code;
  }
}

/** The chosen system's numbers at one cell or mean of the heat map. */
class Place {
  constructor(data, system, cell) {
    this.unit = data.unit;
    const isMean = cell.dataset.row !== undefined;
    this.number = Number(isMean ? cell.dataset.row : cell.dataset.cell);
    const [task, language] = isMean ? [data.rows[this.number], null] : data.cells[this.number];
    this.label = `${task}, ${language === null ? "mean of its languages" : languageName(language)}`;
    const scores = isMean ? system.rows : system.cells;
    const differences = isMean ? system.rowDifferences : system.cellDifferences;
    [this.score, this.low, this.high] = scores.slice(3 * this.number, 3 * this.number + 3);
    const found = differences.slice(5 * this.number, 5 * this.number + 5);
    [this.delta, this.deltaLow, this.deltaHigh, this.p] = found.length ? found : [null, null, null, null];
    this.verdict = found.length && found[4] !== null ? data.verdicts[found[4]] : null;
    const names = isMean ? undefined : data.metrics[this.number];
    this.metrics = (names ?? []).map((name, place) => [name, system.metrics[this.number][place]]);
  }

  /** Returns everything in one sentence. */
  words() {
    if (this.score === null) return `${this.label}: no score`;
    const parts = [`${this.label}: ${percent(this.score, this.unit)} [${percent(this.low, this.unit)}, ${percent(this.high, this.unit)}]`];
    for (const [name, value] of this.metrics) parts.push(`${name} ${percent(value, this.unit)}`);
    if (this.delta !== null) {
      const interval = `[${points(this.deltaLow, this.unit)}, ${points(this.deltaHigh, this.unit)}]`;
      const verdict = this.verdict === null ? "" : `, ${SIGNS[this.verdict]} ${this.verdict}`;
      const p = this.p === null ? "–" : this.p / this.unit < 0.0001 ? "< 0.0001" : (this.p / this.unit).toFixed(4);
      parts.push(`to the baseline ${points(this.delta, this.unit)} ${interval}, adjusted p ${p}${verdict}`);
    }
    return parts.join("; ");
  }
}

/** Writes the chosen system's scores or differences into the heat map. */
function fillHeat(data, cells, system, kind) {
  const scale = data.scales[kind];
  for (const cell of cells) {
    const place = new Place(data, system, cell);
    const value = kind === "score" ? place.score : place.delta;
    cell.textContent = kind === "score" ? percent(value, data.unit) : points(value, data.unit);
    cell.className = value === null ? "" : step(value, scale);
    if (kind === "difference" && place.verdict !== null && place.verdict !== "undecided") cell.classList.add("decided");
    cell.setAttribute("aria-label", place.words());
  }
  const what = kind === "score" ? "scores in percent" : "differences to the baseline in points; bold and underlined where decided";
  const name = make("bdi", system.name);
  document.getElementById("heat-title").replaceChildren(name, `: ${what}`);
  document.getElementById("legend-score").hidden = kind !== "score";
  const other = document.getElementById("legend-difference");
  if (other) other.hidden = kind !== "difference";
}

/** Returns the cell beside `cell` in a direction, over gaps; `cell` itself at the edge. */
function beside(cell, down, right) {
  const rows = Array.from(cell.closest("tbody").rows);
  let [row, column] = [rows.indexOf(cell.parentNode) + down, cell.cellIndex + right];
  while (rows[row]?.cells[column]) {
    const found = rows[row].cells[column];
    if (found.hasAttribute("tabindex")) return found;
    [row, column] = [row + down, column + right];
  }
  return cell;
}

/** Lets one tab stop and the arrow keys reach every cell. */
function makeGrid(table, cells) {
  const moves = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };
  table.setAttribute("role", "grid");
  for (const cell of cells) cell.tabIndex = -1;
  if (cells.length > 0) cells[0].tabIndex = 0;
  table.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td[tabindex]");
    if (cell === null || moves[event.key] === undefined) return;
    event.preventDefault();
    beside(cell, ...moves[event.key]).focus();
  });
  table.addEventListener("focusin", (event) => {
    const cell = event.target.closest("td[tabindex]");
    if (cell === null) return;
    for (const other of table.querySelectorAll('td[tabindex="0"]')) other.tabIndex = -1;
    cell.tabIndex = 0;
  });
}

/** Starts the heat map: choices, keys, and the line that tells what is under the pointer or the focus. */
function startHeat(data) {
  const table = document.getElementById("heat");
  if (table === null) return;
  const cells = Array.from(table.querySelectorAll("td[data-cell], td[data-row]"));
  const chosen = document.getElementById("heat-system");
  const kind = document.getElementById("heat-kind");
  const line = document.getElementById("heat-value");
  const hint = "Point at a cell, or reach it with the arrow keys, for its interval.";
  line.hidden = false;
  const update = () => {
    fillHeat(data, cells, data.systems[Number(chosen.value)], kind?.value ?? "score");
    line.textContent = hint;
  };
  let last = ""; // where the pointer was: cells that scroll below a resting pointer are not pointed at
  const point = (event) => {
    const now = `${event.screenX} ${event.screenY}`;
    if (now !== last) tell(event);
    last = now;
  };
  const tell = (event) => {
    const cell = event.target.closest("td[data-cell], td[data-row]");
    if (cell !== null) line.textContent = cell.getAttribute("aria-label");
  };
  chosen.addEventListener("change", update);
  kind?.addEventListener("change", update);
  table.addEventListener("mouseover", point);
  table.addEventListener("focusin", tell);
  makeGrid(table, cells);
  update();
}
