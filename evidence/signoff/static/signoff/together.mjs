// 'Select all shown' ticks in place, so that nothing typed is lost; and says how many are ticked. Without script it is a link.

const all = document.querySelector("[data-select-all]");
const form = document.getElementById(all.dataset.selectAll);
const said = form.querySelector("[data-select-said]");
const ticks = [...form.elements].filter((field) => field.type === "checkbox");

function tell() {
  said.textContent = `${ticks.filter((tick) => tick.checked).length} of ${ticks.length} places are ticked.`;
}

all.addEventListener("click", (event) => {
  event.preventDefault();
  for (const tick of ticks) tick.checked = true;
  tell();
});
for (const tick of ticks) tick.addEventListener("change", tell);
tell();
