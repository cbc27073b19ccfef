// Comfort only: every page works without this file.

// The choice of colours shows at once; the server remembers it for the next page.
document.querySelector("form.theme")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  const { value } = event.submitter;
  if (value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
  for (const button of form.querySelectorAll("button")) button.ariaPressed = String(button.value === value);
  fetch(form.action, { method: "POST", body: new FormData(form, event.submitter), redirect: "manual" });
});

// A menu closes by Escape and by a click elsewhere.
const closeMenus = (but) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(but)) menu.open = false;
};
document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.activeElement.closest("details.menu[open]");
  closeMenus(null);
  open?.querySelector("summary").focus();
});

// After an error, start at the first field to mend, so that it is read aloud.
const toFirstError = (within) => within.querySelector("[aria-invalid='true']")?.focus();
toFirstError(document);
document.addEventListener("htmx:afterSwap", (event) => toFirstError(event.target));

// An address is copied out of its field.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    const field = document.getElementById(button.dataset.copy);
    if (!field) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const said = document.getElementById(`${field.id}_said`);
      try {
        await navigator.clipboard.writeText(field.value);
        said.textContent = "Copied.";
      } catch {
        field.select();
        said.textContent = "Your browser did not allow it; copy what is marked.";
      }
    });
  }
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// A file that is too big is not even sent; the server would refuse it too.
document.addEventListener("change", ({ target }) => {
  const { most } = target.dataset;
  if (!most) return;
  const tooBig = [...target.files].find((file) => file.size > most);
  const mb = (bytes) => Math.round(bytes / 1048576);
  if (tooBig) target.value = "";
  document.getElementById(`${target.id}_said`).textContent = tooBig
    ? `The file has ${mb(tooBig.size)} MB; at most ${mb(most)} MB are taken. Nothing was sent.`
    : "";
});
