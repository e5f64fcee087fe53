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
