// The leaderboard: rows are hidden and moved, never written.
const board = document.getElementById("board");
if (board) {
  const body = board.tBodies[0];
  const rows = [...body.rows];
  const wanted = (id) => document.getElementById("board-" + id).value.trim().toLowerCase();
  let sorted = { column: -1, up: true };

  const shown = (cell) => cell.querySelector(`[data-version="${board.dataset.version}"]`) || cell;
  const filterRows = () => {
    const words = wanted("filter").split(/\s+/);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word)) || (wanted("k") !== "" && row.dataset.k !== wanted("k"));
    }
    document.getElementById("board-count").textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
  };
  // What is missing stands last, whichever way is up.
  const compare = (one, other) => {
    const [a, b] = [one, other].map((row) => shown(row.cells[sorted.column]).dataset.sort);
    if (a === "" || b === "") return (a === "") - (b === "");
    const numbers = a - b;
    return (Number.isNaN(numbers) ? a.localeCompare(b) : numbers) * (sorted.up ? 1 : -1);
  };
  const sortRows = () => {
    if (sorted.column < 0) return;
    body.append(...[...body.rows].sort(compare));
    [...board.tHead.rows[0].cells].forEach((head, place) => {
      if (place === sorted.column) head.setAttribute("aria-sort", sorted.up ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    });
  };
  board.tHead.addEventListener("click", (event) => {
    const head = event.target.closest("button") && event.target.closest("th");
    if (!head) return;
    const isScore = head.cellIndex >= 2 && head.cellIndex <= 4; // the highest first
    sorted = { column: head.cellIndex, up: sorted.column === head.cellIndex ? !sorted.up : !isScore };
    sortRows();
  });
  for (const id of ["filter", "k"]) document.getElementById("board-" + id).addEventListener("input", filterRows);
  document.getElementById("board-version").addEventListener("input", () => {
    board.dataset.version = wanted("version");
    sortRows();
  });
  filterRows();
}
