// The slider of a state's versions: how far back the comparison with the newest one begins.
export function startVersions() {
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-version-slider]")) return;
    const form = event.target.form;
    form.querySelector("[data-version-from]").value = event.target.value;
    form.querySelector("[data-version-to]").value = event.target.max;
  });
}
