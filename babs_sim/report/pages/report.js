(() => {
  const box = document.getElementById("find"), shown = document.getElementById("found");
  const rows = [...document.querySelectorAll("#numbers tbody tr")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const search = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    rows.forEach((row, i) => {
      const hit = words.every((word) => texts[i].includes(word));
      row.hidden = !hit;
      count += hit;
    });
    shown.textContent = `${count.toLocaleString("en-GB")} of ${rows.length.toLocaleString("en-GB")} numbers`;
  };
  let wait;
  box.addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(search, 120); });
  box.closest(".search").hidden = false;
  search();
  const opened = [];
  window.addEventListener("beforeprint", () => document.querySelectorAll("details.printed:not([open])").forEach((one) => {
    one.open = true;
    opened.push(one);
  }));
  window.addEventListener("afterprint", () => opened.splice(0).forEach((one) => { one.open = false; }));
})();
