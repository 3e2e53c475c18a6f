// The page: which clip is open, what the keys do, how far the judge is.

const data = JSON.parse(element("data").textContent);
const say = (text) => { element("status").textContent = text; };
const judgements = new Judgements(data);
const player = new Player(data.mediaType);
const rows = new Rows(data, judgements, showProgress);
let current = 0;

const KEYS = {
  " ": () => player.toggle(),
  0: () => player.restart(),
  ArrowLeft: () => player.skip(-1),
  ArrowRight: () => player.skip(1),
  ArrowUp: () => rows.step(-1),
  k: () => rows.step(-1),
  ArrowDown: () => rows.step(1),
  j: () => rows.step(1),
  1: () => judge("right"),
  r: () => judge("right"),
  2: () => judge("wrong"),
  w: () => judge("wrong"),
  3: () => judge("cannot_tell"),
  c: () => judge("cannot_tell"),
  x: () => rows.judge(null),
  e: () => rows.note(),
  Enter: () => open(current + 1),
  n: () => open(current + 1),
  b: () => open(current - 1),
  u: () => openUnfinished(),
  s: exportFile,
  i: () => element("file").click(),
  "?": () => element("keys").showModal(),
};

function judge(verdict) {
  if (judgements.judge) rows.judge(verdict);
  else askName();
}

function askName() {
  say("Give your name first: it goes into the export.");
  element("judge").focus();
}

function open(number, play = element("autoplay").checked) {
  if (number < 0 || number >= data.items.length) {
    say(number < 0 ? "This is the first clip." : "This is the last clip.");
    return;
  }
  current = number;
  const item = data.items[number];
  element("place").textContent = `Clip ${number + 1} of ${data.items.length}`;
  // Not the id: names of files give labels away.
  element("facts").textContent = [item.corpus, item.language, item.licence].join(" · ");
  const left = data.attributes.filter(({ name }) => !Object.hasOwn(item.values, name));
  element("unclaimed").textContent = left.length
    ? `Not asked, for nothing is claimed: ${left.map(({ title }) => title).join(", ")}.` : "";
  player.open(number, item, play);
  rows.open(number);
  say("");
  showProgress();
}

const isFinished = (number) => {
  const { judged, asked } = judgements.count(number);
  return judged === asked;
};

// The next clip that is not finished, or the one that is open if that is allowed.
function openUnfinished({ stay = false } = {}) {
  const count = data.items.length;
  const ahead = Array.from({ length: count }, (_, by) => (current + by + (stay ? 0 : 1)) % count);
  const number = ahead.find((one) => !isFinished(one));
  open(number ?? current, !stay && element("autoplay").checked);
  if (number === undefined) say("Every clip is finished. Export with S.");
}

function showProgress() {
  const counts = data.items.map((_, number) => judgements.count(number));
  const sum = (name) => counts.reduce((total, one) => total + one[name], 0);
  const finished = counts.filter(({ judged, asked }) => judged === asked).length;
  element("progress").value = sum("asked") ? sum("judged") / sum("asked") : 0;
  element("counts").textContent = `${finished} of ${data.items.length} clips, `
    + `${sum("judged")} of ${sum("asked")} judgements`;
  [...element("map").children].forEach((cell, number) => {
    const { judged, asked, wrong } = counts[number];
    cell.dataset.state = judged === 0 && asked ? "open" : judged < asked ? "part" : "done";
    cell.toggleAttribute("data-wrong", wrong > 0);
    if (number === current) cell.setAttribute("aria-current", "true");
    else cell.removeAttribute("aria-current");
    cell.tabIndex = number === current ? 0 : -1;
    cell.setAttribute("aria-label", `Clip ${number + 1}, ${judged} of ${asked} judged`);
  });
  const { judged, asked } = counts[current];
  element("next").classList.toggle("ready", judged === asked);
  if (!judgements.stored) say("This browser keeps nothing: export before you close the page.");
}

function exportFile() {
  if (!judgements.judge) {
    askName();
    return;
  }
  const file = judgements.toFile();
  const link = document.createElement("a");
  const text = `${JSON.stringify(file, null, 1)}\n`;
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = `judgements-${data.sample}-${file.judge.replace(/[^\p{L}\p{N}]+/gu, "-")}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  say(`${file.judgements.length} judgements exported.`);
}

async function importFile() {
  const [file] = element("file").files;
  element("file").value = "";
  if (!file) return;
  try {
    const taken = judgements.import(await file.text());
    element("judge").value = judgements.judge;
    open(current, false);
    say(`${taken} judgements of ${judgements.judge} are here.`);
  } catch (error) {
    say(`${file.name} cannot be imported: ${error.message}.`);
  }
}

function setJudge() {
  judgements.open(element("judge").value);
  openUnfinished({ stay: true });
}

const isText = (target) => target.matches("input:not([type=checkbox], [type=range])");

function onKey(event) {
  const { key, target } = event;
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (target.closest("dialog")) return;
  if (isText(target)) {
    if (key === "Enter" || key === "Escape") leaveText(event);
    return;
  }
  if (!element("single-keys").checked) return;
  // What has the focus keeps the keys that press it.
  if (target.matches("button, summary, input") && (key === " " || key === "Enter")) return;
  if (rows.choose(key)) event.preventDefault();
  else if (KEYS[nameOf(key)]) {
    event.preventDefault();
    KEYS[nameOf(key)]();
  }
}

const nameOf = (key) => (key.length === 1 ? key.toLowerCase() : key);

// Leaving the name may open another clip, so the row to go to is known only afterwards.
function leaveText(event) {
  event.preventDefault();
  event.target.blur();
  rows.step(0);
}

function makeMap() {
  const cells = data.items.map((_, number) => {
    const cell = document.createElement("button");
    cell.type = "button";
    cell.title = `Clip ${number + 1}`;
    cell.addEventListener("click", () => open(number));
    return cell;
  });
  element("map").append(...cells);
}

element("judge").value = judgements.judge;
element("judge").addEventListener("change", setJudge);
element("previous").addEventListener("click", () => open(current - 1));
element("next").addEventListener("click", () => open(current + 1));
element("export").addEventListener("click", exportFile);
element("import").addEventListener("click", () => element("file").click());
element("file").addEventListener("change", importFile);
element("help").addEventListener("click", () => element("keys").showModal());
document.addEventListener("keydown", onKey);
// Rows change their height with the focus: were it to move before the click, that would miss.
document.addEventListener("mousedown", (event) => {
  if (event.target.closest("button, summary, [type=checkbox]")) event.preventDefault();
});
addEventListener("beforeunload", (event) => {
  if (!judgements.stored && judgements.toFile().judgements.length) event.preventDefault();
});
makeMap();
openUnfinished({ stay: true });
if (!judgements.judge) askName();
