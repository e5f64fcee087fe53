"use strict";
// What pages do beyond forms: say how far a job is without loading the page again.
for (const place of document.querySelectorAll("[data-job]")) {
  const ask = async () => {
    const answer = await fetch(`/jobs/${place.dataset.job}`, { headers: { accept: "application/json" } });
    if (!answer.ok) return location.reload();
    const job = await answer.json();
    if (job.state !== "running") return location.reload();
    const words = job.total ? `${job.done.toLocaleString("en-US")} of ${job.total.toLocaleString("en-US")} ${job.words}` : job.words;
    const meter = place.querySelector("meter");
    if (job.total && !meter) return location.reload();
    if (meter) {
      meter.value = job.done / job.total;
      meter.setAttribute("aria-label", words);
      meter.nextSibling.textContent = words;
    } else if (words) {
      place.textContent = words;
    }
    setTimeout(ask, 400);
  };
  setTimeout(ask, 400);
}
// Show the answer to a form while it is filled in: what is there is sent after a pause, and only the answer replaced.
for (const form of document.querySelectorAll("form[data-answer]")) {
  let waiting, asking;
  const mark = (field, said) => {
    const id = `${field.id}-error`;
    document.getElementById(id)?.remove();
    const others = (field.getAttribute("aria-describedby") || "").split(" ").filter((each) => each && each !== id);
    if (said) {
      const below = document.createElement("p");
      below.id = id;
      below.className = "warning";
      below.append(...said.cloneNode(true).childNodes);
      field.parentNode.append(below);
      others.push(id);
    }
    said ? field.setAttribute("aria-invalid", "true") : field.removeAttribute("aria-invalid");
    others.length ? field.setAttribute("aria-describedby", others.join(" ")) : field.removeAttribute("aria-describedby");
  };
  const ask = async () => {
    asking?.abort();
    asking = new AbortController();
    try {
      const answer = await fetch(form.dataset.answer, { method: "POST", body: new URLSearchParams(new FormData(form)), signal: asking.signal });
      const shown = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("answer");
      if (!shown) return;
      document.getElementById("answer").replaceChildren(...shown.childNodes);
      const wrong = new Map([...document.querySelectorAll("#answer [data-said]")].map((each) => [each.dataset.said, each]));
      for (const field of form.querySelectorAll("input[id], select[id]")) {
        const said = wrong.get(field.id);
        if (said ? field !== document.activeElement : field.hasAttribute("aria-invalid")) mark(field, said);
      }
    } catch (fault) {
      if (fault.name !== "AbortError") throw fault;
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 150);
  });
  // What was typed before this script ran, or put back by the browser, is answered too.
  const typed = (field) => (field.options ? [...field.options].some((each) => each.selected !== each.defaultSelected) : field.value !== field.defaultValue);
  if ([...form.querySelectorAll("input:not([type=checkbox], [type=radio]), select, textarea")].some(typed)) ask();
}
// Say that something is under way, for a save may wait for the solver; a page that is come back to starts anew.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (event.target.method !== "post" || !button || button.dataset.busy) return;
  button.dataset.busy = "yes";
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  said.className = "busy quiet";
  button.after(said);
  said.textContent = " Working…";
});
addEventListener("pageshow", () => {
  for (const said of document.querySelectorAll(".busy")) {
    delete said.previousElementSibling.dataset.busy;
    said.remove();
  }
});
