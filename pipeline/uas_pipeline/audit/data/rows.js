// The rows of one clip: a value, its judgement, a correction, a note. Everything is set as text.

const UNKNOWN = "I do not know";

class Rows {
  #data;
  #judgements;
  #changed;
  #rows = [];
  #number = 0;
  #current = 0;

  constructor(data, judgements, changed) {
    this.#data = data;
    this.#judgements = judgements;
    this.#changed = changed;
  }

  open(number) {
    this.#number = number;
    const item = this.#data.items[number];
    const asked = this.#data.attributes.filter(({ name }) => Object.hasOwn(item.values, name));
    this.#rows = asked.map((attribute) => this.#make(attribute, item));
    element("rows").replaceChildren(...this.#rows.map(({ row }) => row));
    this.#rows.forEach((one) => this.#mark(one));
    this.move(Math.max(0, this.#rows.findIndex(({ name }) => !this.#judgement(name))));
  }

  move(place) {
    this.#current = Math.min(Math.max(place, 0), this.#rows.length - 1);
    this.#rows[this.#current]?.row.focus();
  }

  step(by) {
    this.move(this.#current + by);
  }

  judge(verdict) {
    const one = this.#rows[this.#current];
    if (!one) return;
    const note = this.#judgement(one.name)?.note ?? "";
    this.#set(one, verdict && { verdict, correction: null, note });
    if (verdict === "wrong" && one.choices.length) one.correction.focus();
    else if (verdict) this.#advance();
  }

  // A number, where the true value is asked for; Enter is "0". Says whether the key was meant so.
  choose(key) {
    const one = this.#rows[this.#current];
    if (!one?.correction.contains(document.activeElement)) return false;
    const number = key === "Enter" ? "0" : key;
    const button = one.correction.querySelector(`[aria-keyshortcuts="${CSS.escape(number)}"]`);
    button?.click();
    return Boolean(button);
  }

  note() {
    const one = this.#rows[this.#current];
    if (!one) return;
    if (this.#judgement(one.name)) one.input.focus();
    else say("Judge it first, then write the note.");
  }

  // After the last open row focus stays, so that Enter goes to the next clip.
  #advance() {
    const open = this.#rows.map((_, place) => place)
      .filter((place) => !this.#judgement(this.#rows[place].name));
    this.move(open.find((place) => place > this.#current) ?? open[0] ?? this.#current);
  }

  #judgement(name) {
    return this.#judgements.of(this.#number, name);
  }

  #set(one, judgement) {
    this.#judgements.set(this.#number, one.name, judgement);
    this.#mark(one);
    this.#changed();
  }

  #change(one, part) {
    this.#set(one, { ...this.#judgement(one.name), ...part });
  }

  #make(attribute, item) {
    const row = element("row").content.firstElementChild.cloneNode(true);
    const find = (selector) => row.querySelector(selector);
    const value = item.values[attribute.name];
    const choices = (attribute.choices ?? []).filter((choice) => choice !== value);
    const one = {
      name: attribute.name, choices, row, correction: find(".correction"), input: find("input"),
    };
    find("h3").textContent = attribute.title;
    find(".question").textContent = attribute.question;
    row.setAttribute("aria-label", attribute.title);
    row.dataset.attribute = attribute.name;
    showValue(find(".value"), attribute.name, value, item.language);
    one.correction.append(
      ...choices.map((choice, place) => choiceButton(String(place + 1), choice)),
      choiceButton("0", UNKNOWN),
    );
    this.#listen(one);
    return one;
  }

  #listen(one) {
    const here = () => { this.#current = this.#rows.indexOf(one); };
    one.row.addEventListener("focusin", here);
    for (const button of one.row.querySelectorAll("button")) {
      button.addEventListener("click", () => {
        here(); // Safari does not focus a button that is clicked
        if (button.dataset.verdict) this.judge(button.dataset.verdict);
        else {
          this.#change(one, { correction: button.dataset.choice || null });
          this.#advance();
        }
      });
    }
    one.input.addEventListener("input", () => this.#change(one, { note: one.input.value }));
  }

  #mark(one) {
    const judgement = this.#judgement(one.name);
    const { verdict = "", correction = null, note = "" } = judgement ?? {};
    const press = (button, pressed) => button.setAttribute("aria-pressed", String(pressed));
    one.row.dataset.verdict = verdict;
    for (const button of one.row.querySelectorAll("[data-verdict]")) {
      press(button, button.dataset.verdict === verdict);
    }
    for (const button of one.correction.children) {
      press(button, (button.dataset.choice || null) === correction);
    }
    one.correction.hidden = verdict !== "wrong" || !one.choices.length;
    const more = one.row.querySelector(".more");
    more.hidden = !judgement;
    more.classList.toggle("filled", Boolean(correction || note));
    if (one.input.value !== note) one.input.value = note;
  }
}

function choiceButton(key, choice) {
  const button = document.createElement("button");
  const shown = document.createElement("kbd");
  button.type = "button";
  button.dataset.choice = choice === UNKNOWN ? "" : choice;
  button.setAttribute("aria-keyshortcuts", key);
  shown.textContent = key;
  button.append(shown, ` ${choice}`);
  return button;
}

function showValue(place, name, value, language) {
  if (Array.isArray(value) && value.length) {
    const list = document.createElement("ul");
    for (const { label, characteristic } of value) {
      const line = document.createElement("li");
      const strong = document.createElement("strong");
      strong.textContent = label;
      line.append(strong, characteristic && `, ${characteristic}`);
      list.append(line);
    }
    place.append(list);
    return;
  }
  const nothing = value === null || value.length === 0;
  place.classList.toggle("nothing", nothing);
  if (nothing) place.textContent = name === "transcription" ? "No voice" : "None";
  else place.textContent = value;
  if (name === "transcription" && !nothing) place.lang = language;
}
