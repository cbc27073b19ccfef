// The page that shows a code: copy it, and leave nothing behind.
const code = document.querySelector("[data-code]");
const said = document.querySelector("[data-said]");
const copy = document.querySelector("[data-copy]");

if (navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent.trim());
      said.textContent = "Copied. Paste it into AWS now.";
    } catch {
      said.textContent = "Your browser did not allow it; mark the code and copy it by hand.";
    }
  });
}

// Gone with the page, whatever the browser keeps of it, and after ten minutes of lying open.
const forget = () => {
  code.textContent = "Not shown any more";
  copy.hidden = true;
};
addEventListener("pagehide", forget);
setTimeout(forget, 600_000);
