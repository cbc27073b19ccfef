// Comfort only: a talk is dragged to its place; the buttons of each talk do the same.
let dragged = null;

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-talk]");
  event.dataTransfer.effectAllowed = "move";
});

document.addEventListener("dragover", (event) => {
  if (dragged && event.target.closest("[data-day]")) event.preventDefault();
});

document.addEventListener("drop", async (event) => {
  const day = event.target.closest("[data-day]");
  if (!dragged || !day) return;
  event.preventDefault();
  const onto = event.target.closest("[data-day] > li");
  const rows = [...day.children].filter((row) => row !== dragged && row.dataset.talk);
  const below = onto && event.clientY > onto.getBoundingClientRect().top + onto.offsetHeight / 2;
  const place = onto && onto !== dragged ? rows.indexOf(onto) + (below ? 2 : 1) : rows.length + 1;
  const form = new FormData(dragged.querySelector("form"));
  form.set("meeting", day.dataset.day);
  form.set("position", String(Math.max(1, place)));
  await fetch(dragged.dataset.talk, { method: "POST", body: form });
  location.reload();
});
