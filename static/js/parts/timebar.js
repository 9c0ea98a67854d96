// The slider over the log's time: while it moves the bar tells the moment, then the page goes there.
export function startTimeBar() {
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-time-slider]")) tell(event.target);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-time-slider]")) event.target.form.requestSubmit();
  });
}

function tell(slider) {
  const { begin, end } = slider.dataset;
  const part = Number(slider.value) / Number(slider.max);
  const moment = new Date(Number(begin) + part * (Number(end) - Number(begin))).toISOString();
  slider.form.querySelector("[data-time-field]").value = moment.slice(0, -1);
  slider.form.querySelector("[data-time-shown]").textContent = `${moment.slice(0, -1).replace("T", " ")} UTC`;
}
