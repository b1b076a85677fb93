// Everything begins here, after the page is there: it is whole without this script.

const board = JSON.parse(document.getElementById("data").textContent);
startTables(board);
startHeat(board);
startCompare(board);
for (const tools of document.querySelectorAll(".tools")) tools.hidden = false;

/** Unfolds the block that the address names. */
function unfold() {
  const target = /^#system-\d+$/.test(location.hash) ? document.getElementById(location.hash.slice(1)) : null;
  const block = target?.closest("details");
  if (!block) return;
  block.hidden = false;
  block.open = true;
  block.scrollIntoView();
}
addEventListener("hashchange", unfold);
unfold();
