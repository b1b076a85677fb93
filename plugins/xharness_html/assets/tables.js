// Sorting and filtering of the tables that stand in the page. Text enters the page through textContent only.

/** Returns a new element with text and attributes. */
function make(tag, text = "", attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** Returns what a cell is sorted by: its data-v, the number that its text is, or its text; null where it is empty. */
function sortKey(cell) {
  const given = cell.dataset.v ?? cell.textContent.trim().replace("−", "-");
  if (given === "" || given === "–") return null;
  const number = Number(given);
  return Number.isNaN(number) ? given.toLowerCase() : number;
}

/** Returns the order of two keys; empty ones are last whichever way is sorted, numbers before words. */
function order(a, b, direction) {
  if (a === null || b === null) return (a === null) - (b === null);
  if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
  return direction * (typeof a === "number" ? a - b : a.localeCompare(b));
}

/** Sorts a table by a column; rows that are equal in it keep the order that the page was written in. */
function sortTable(table, column, direction) {
  const body = table.tBodies[0];
  const keyed = Array.from(body.rows, (row) => [sortKey(row.cells[column]), Number(row.dataset.place), row]);
  keyed.sort((a, b) => order(a[0], b[0], direction) || a[1] - b[1]);
  body.append(...keyed.map(([, , row]) => row));
  table.dataset.sorted = "";
  for (const [place, head] of Array.from(table.tHead.rows[0].cells).entries()) {
    if (place === column) head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
    else head.removeAttribute("aria-sort");
  }
}

/** Makes every head of a table a button: numbers fall first, ranks and words rise first, a second press turns round. */
function makeSortable(table) {
  for (const [place, row] of Array.from(table.tBodies[0].rows).entries()) row.dataset.place = place;
  for (const [column, head] of Array.from(table.tHead.rows[0].cells).entries()) {
    const button = make("button", head.textContent, { type: "button" });
    const rises = head.textContent === "Rank" || ["System", "Source", "Missing"].includes(head.textContent);
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      const first = rises ? 1 : -1;
      sortTable(table, column, now === null ? first : now === "ascending" ? -1 : 1);
    });
    head.replaceChildren(button);
  }
}

/** Shows only systems whose name has the words looked for, in every table, and in the overview only those of the verdict. */
function filter(data) {
  const words = document.getElementById("find").value.toLowerCase().split(/\s+/).filter(Boolean);
  const verdict = document.getElementById("verdict")?.value ?? "";
  const named = data.systems.map((system) => words.every((word) => system.name.toLowerCase().includes(word)));
  let shown = 0;
  for (const row of document.querySelectorAll("[data-system]")) {
    const inOverview = row.closest("table.overview") !== null;
    const kept = named[Number(row.dataset.system)] && (!inOverview || !verdict || row.dataset.verdict === verdict);
    row.hidden = !kept;
    shown += inOverview && kept;
  }
  const all = words.length === 0 && verdict === "";
  document.getElementById("found").textContent = all ? "" : `${shown} of ${data.complete} systems`;
}

/** Adds sorting and filtering to the page. */
function startTables(data) {
  for (const table of document.querySelectorAll("table.sortable")) makeSortable(table);
  document.getElementById("find").addEventListener("input", () => filter(data));
  document.getElementById("verdict")?.addEventListener("change", () => filter(data));
}
