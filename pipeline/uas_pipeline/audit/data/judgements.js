// What was judged: kept under the judge's name in this browser, exported and imported as a file.
// Knows nothing of how the page looks.

class Judgements {
  #data;
  #items;
  #kept = new Map(); // "number of the item:attribute" -> {verdict, correction, note}
  judge = "";
  stored = true;

  constructor(data) {
    this.#data = data;
    this.#items = new Map(data.items.map((item, number) => [item.key, number]));
    this.open(this.#read(this.#place()) ?? "");
  }

  // Go on as this judge, with what this browser has kept.
  open(judge) {
    this.judge = judge.trim();
    this.#kept.clear();
    this.#write(this.#place(), this.judge);
    const text = this.judge && this.#read(this.#place(this.judge));
    if (text) this.#take(JSON.parse(text));
  }

  of(number, attribute) {
    return this.#kept.get(`${number}:${attribute}`);
  }

  set(number, attribute, judgement) {
    const key = `${number}:${attribute}`;
    if (judgement) this.#kept.set(key, judgement);
    else this.#kept.delete(key);
    this.#save();
  }

  // How many attributes of an item are judged, of how many, and how many of them are wrong.
  count(number) {
    const names = Object.keys(this.#data.items[number].values);
    const verdicts = names.map((name) => this.of(number, name)?.verdict).filter(Boolean);
    const wrong = verdicts.filter((verdict) => verdict === "wrong").length;
    return { judged: verdicts.length, asked: names.length, wrong };
  }

  toFile() {
    const judgements = [];
    this.#data.items.forEach((item, number) => {
      for (const attribute of Object.keys(item.values)) {
        const judgement = this.of(number, attribute);
        if (judgement) judgements.push({ item: item.key, attribute, ...judgement });
      }
    });
    const exported = new Date().toISOString();
    return { version: 1, sample: this.#data.sample, judge: this.judge, exported, judgements };
  }

  // Add a file's judgements to those that are here under its name. Throws an Error that says why not.
  import(text) {
    const file = JSON.parse(text);
    if (file?.version !== 1 || typeof file.judge !== "string" || !file.judge.trim()
      || !Array.isArray(file.judgements)) {
      throw new Error("it is no export of this page");
    }
    if (file.sample !== this.#data.sample) throw new Error("it is about another sample");
    this.open(file.judge);
    const taken = this.#take(file);
    this.#save();
    return taken;
  }

  #take(file) {
    const taken = file.judgements.filter((one) => this.#fits(one));
    for (const { item, attribute, verdict, correction, note } of taken) {
      const number = this.#items.get(item);
      this.#kept.set(`${number}:${attribute}`,
        { verdict, correction: correction ?? null, note: String(note ?? "") });
    }
    return taken.length;
  }

  #fits(one) {
    const item = this.#data.items[this.#items.get(one?.item)];
    if (!item || !Object.hasOwn(item.values, one.attribute)) return false;
    if (!this.#data.verdicts.includes(one.verdict)) return false;
    if (one.correction == null) return true;
    const { choices } = this.#data.attributes.find(({ name }) => name === one.attribute);
    return one.verdict === "wrong" && (choices ?? []).includes(one.correction)
      && one.correction !== item.values[one.attribute];
  }

  #save() {
    if (this.judge) this.#write(this.#place(this.judge), JSON.stringify(this.toFile()));
  }

  #place(judge) {
    const sample = `uas-audit:${this.#data.sample}`;
    return judge === undefined ? sample : `${sample}:${judge}`;
  }

  #read(name) {
    try {
      return localStorage.getItem(name);
    } catch {
      this.stored = false;
      return null;
    }
  }

  #write(name, text) {
    try {
      localStorage.setItem(name, text);
    } catch {
      this.stored = false;
    }
  }
}
