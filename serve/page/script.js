// The page: what is asked stands in the address, what is answered comes from /api. Text from models
// and file names is data: it only ever gets in through textContent.
"use strict";

const at = (id) => document.getElementById(id);
const MANY = ["in", "not_in", "not", "like", "after", "before"];
const ONE = ["min_length", "max_length", "sort", "min_confidence"];
const ORDERS = { score: "best first", time: "by date", video: "by film" };
const VIDEO_ORDERS = { path: "by path", recorded: "newest first", length: "longest first", windows: "most described" };
const SIGNS = {
  back: "M15 5l-7 7 7 7", next: "M9 5l7 7-7 7", close: "M6 6l12 12M18 6L6 18",
};
const PAGE = 24;

let shown = { items: [], kind: "moments", params: new URLSearchParams() };
let facts = null; // what /api/status said last
let player = null; // the moment that plays: {index, card, video, ...}
let asked = 0; // number of the last question: replies to earlier ones are dropped
const picked = new Map(); // what is chosen, by key

// ---------------------------------------------------------------- small things

function make(tag, given = {}, ...inside) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...inside.filter(Boolean));
  return node;
}

function sign(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SIGNS[name]);
  svg.append(path);
  return svg;
}

function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

const hours = (s) => (s < 5400 ? `${Math.round(s / 60)} min` : `${(s / 3600).toFixed(1)} h`);
const count = (n, noun) => `${n.toLocaleString()} ${noun}${n === 1 ? "" : "s"}`;
const key = (m) => `${m.video}@${m.start}`;
const tell = (text) => { at("told").textContent = text; };

function day(iso) {
  return iso ? new Date(iso).toLocaleDateString(undefined, { year: "numeric", month: "short", day: "numeric" }) : "";
}

function folder(path) {
  const parts = path.split(/[\\/]/);
  return parts.length > 1 ? parts[parts.length - 2] : "";
}

class Refused extends Error {
  constructor(status, reply) {
    super(reply.error || `The server answered ${status}.`);
    this.status = status;
    this.at = reply.at;
  }
}

async function api(path, options) {
  let reply;
  try {
    reply = await fetch(path, options);
  } catch {
    setState("away", "server away");
    throw new Error("The server cannot be reached: is `scenelist serve` still running?");
  }
  if (reply.ok) return reply;
  const body = await reply.json().catch(() => ({}));
  if (reply.status === 401 && !path.endsWith("/sign-in")) askForToken();
  throw new Refused(reply.status, body);
}

const fetched = async (path) => (await api(path)).json();
const post = (path, body) =>
  api(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

// ---------------------------------------------------------------- the address

const address = () => new URLSearchParams(location.search);

function go(params, replace = false) {
  const text = params.toString();
  history[replace ? "replaceState" : "pushState"](null, "", text ? `/?${text}` : "/");
  return render();
}

function onlyQuestion(params) {
  const kept = new URLSearchParams();
  for (const [name, value] of params) if (name === "q" || MANY.includes(name) || ONE.includes(name)) kept.append(name, value);
  return kept;
}

const asksSomething = (params) => Boolean(params.get("q") || params.has("like"));

// ---------------------------------------------------------------- what is shown

async function render() {
  const params = address();
  const number = ++asked;
  stop();
  at("q").value = params.get("q") || "";
  mistake("");
  renderChips(params);
  const view = params.get("view");
  if (view === "videos") at("browse").setAttribute("aria-current", "page");
  else at("browse").removeAttribute("aria-current");
  const asks = asksSomething(params);
  at("home").hidden = asks || Boolean(view);
  at("how").hidden = asks || Boolean(view);
  at("newest").hidden = asks || Boolean(view);
  at("found").hidden = !asks && !view;
  at("tools").hidden = view === "video" || (!asks && !view && !params.size);
  at("answers").hidden = true;
  renderStar(params);
  try {
    if (view === "videos") await showVideos(params, number);
    else if (view === "video") await showVideo(params, number);
    else if (asks) await showMoments(params, number);
    else await showHome();
  } catch (error) {
    if (number === asked) failed(error, params);
  }
}

function failed(error, params) {
  if (error.status === 401) return;
  at("grid").replaceChildren();
  at("found").hidden = true;
  mistake(error.message.split("\n")[0], error.at, params.get("q") || "");
  if (error.status === 400) at("how").hidden = !(at("how").open = true);
}

function mistake(text, place, query) {
  at("mistake").textContent = text;
  at("box").classList.toggle("wrong", Boolean(text));
  at("q").setAttribute("aria-invalid", text ? "true" : "false");
  at("mirror").replaceChildren();
  if (text && Number.isInteger(place)) {
    const letters = Array.from(query); // the place counts characters, not halves of them
    const rest = letters.slice(place).join("");
    const wrong = rest.match(/^\s*(\S*"[^"]*"?\S*|\S+)/)?.[0] || rest || " ";
    at("mirror").append(letters.slice(0, place).join(""), make("mark", { text: wrong }));
  }
}

async function showHome() {
  renderSaved();
  facts ??= await fetched("/api/status");
  if (facts.features.saved) renderSaved(await fetched("/api/saved"));
  if (at("examples").childElementCount) return;
  const [{ examples }, { videos }] = await Promise.all([fetched("/api/examples"), fetched("/api/videos?sort=recorded&limit=6&state=described&state=first%20look")]);
  at("newest-grid").replaceChildren(...videos.map(videoCard));
  at("examples").replaceChildren(
    ...examples.map((text) => {
      const link = make("a", { href: `/?q=${encodeURIComponent(text)}`, text });
      link.dataset.go = new URLSearchParams({ q: text }).toString();
      return make("li", {}, link);
    }),
  );
}

async function showMoments(params, number, offset = 0) {
  const query = onlyQuestion(params);
  query.set("limit", PAGE);
  query.set("offset", offset);
  if (!offset) busy();
  const reply = await fetched(`/api/search?${query}`);
  if (number !== asked) return;
  const items = offset ? shown.items.concat(reply.moments) : reply.moments;
  shown = { items, kind: "moments", params };
  const closest = params.get("min_confidence") === "0";
  head(items.length ? `${count(items.length, "moment")}${reply.more ? " so far" : ""}` : "No moments", true);
  at("about").textContent = closest && items.length ? "The closest there is, also where it is not sure that it was meant." : "";
  orders(ORDERS, params.get("sort") || "score");
  fill(items, offset);
  at("more").hidden = !reply.more;
  at("nothing").hidden = items.length > 0;
  if (!items.length) nothing(params, closest);
  const first = items[0];
  if (!offset) tell(first ? `${count(items.length, "moment")}. First: ${first.text}` : "Nothing found.");
  const wanted = params.get("m");
  const index = items.findIndex((item) => key(item) === wanted);
  if (wanted && index >= 0 && !offset) play(index, false);
}

function nothing(params, closest) {
  const q = params.get("q");
  const box = at("nothing");
  box.replaceChildren(
    make("h2", { text: closest ? "Nothing comes close." : q ? `Nothing here matches “${q}”.` : "Nothing here matches." }),
    make("p", {
      text: closest
        ? "No video that the filters leave has anything to do with it."
        : "No moment is sure enough to be called an answer. You can look at what was closest, or say it in other words.",
    }),
  );
  if (!closest) {
    const more = new URLSearchParams(params);
    more.set("min_confidence", "0");
    box.append(make("button", { class: "go", type: "button", text: "Show what is closest", onclick: () => go(more) }));
  }
}

async function showVideos(params, number, offset = 0) {
  const query = new URLSearchParams({ limit: 48, offset });
  for (const glob of params.getAll("in")) query.append("in", glob);
  if (params.get("sort") in VIDEO_ORDERS) query.set("sort", params.get("sort"));
  if (!offset) busy();
  const reply = await fetched(`/api/videos?${query}`);
  if (number !== asked) return;
  const items = offset ? shown.items.concat(reply.videos) : reply.videos;
  shown = { items, kind: "videos", params };
  head(count(reply.total, "video"), false);
  at("about").textContent = "";
  at("nothing").hidden = true;
  orders(VIDEO_ORDERS, params.get("sort") || "path");
  fill(items, offset);
  at("more").hidden = items.length >= reply.total;
}

async function showVideo(params, number) {
  busy();
  const video = await fetched(`/api/videos/${encodeURIComponent(params.get("video") || "-")}`);
  if (number !== asked) return;
  const items = video.described.map((window) => ({
    ...video, ...window, play: null, thumbnail: thumbnailOf(video, (window.start + window.end) / 2),
  }));
  shown = { items, kind: "windows", params, video };
  head(video.name, true);
  at("about").textContent = [video.path, day(video.date), clock(video.duration), count(items.length, "window"), video.note].filter(Boolean).join(" · ");
  orders(null);
  fill(items.slice(0, 300), 0);
  at("more").hidden = true;
  at("nothing").hidden = true;
}

function busy() {
  at("grid").setAttribute("aria-busy", "true");
}

function head(title, playlists) {
  at("actions").hidden = !shown.items.length;
  at("deliver").hidden = !playlists;
  at("found-title").textContent = title;
  document.title = title && at("q").value ? `${at("q").value} – Scenelist` : "Scenelist";
  const can = facts?.features || {};
  const moments = shown.kind === "moments" && shown.items.length > 0;
  at("verify").hidden = !(can.verify && moments);
  at("ask").hidden = !(can.ask && moments);
}

function orders(known, chosen) {
  const select = at("sort");
  select.closest("label").hidden = !known;
  if (!known) return;
  select.replaceChildren(...Object.entries(known).map(([value, text]) => make("option", { value, text })));
  select.value = chosen;
}

function fill(items, from) {
  const grid = at("grid");
  grid.removeAttribute("aria-busy");
  if (!from) grid.replaceChildren();
  const card = shown.kind === "videos" ? videoCard : momentCard;
  grid.append(...items.slice(from).map((item, i) => card(item, from + i)));
  showPicked();
}

// ---------------------------------------------------------------- cards

function thumbnailOf(video, seconds) {
  return `/api/thumbnails/${video.video}/${Math.round(Math.max(0, seconds) * 1000)}.jpg`;
}

function picture(item, label, part) {
  const image = make("img", { src: item.thumbnail, alt: "", loading: "lazy", decoding: "async", width: 480, height: 270 });
  const box = make("span", { class: "picture" }, image);
  image.addEventListener("load", () => {
    image.classList.add("there");
    image.classList.toggle("tall", image.naturalHeight > image.naturalWidth);
  });
  image.addEventListener("error", () => { image.remove(); box.classList.add("none"); });
  box.append(make("span", { class: "glyph" }), make("span", { class: "time", text: label }));
  if (part && item.duration > 0) {
    const mark = make("i");
    mark.style.left = `${(100 * item.start) / item.duration}%`;
    mark.style.width = `${(100 * (item.end - item.start)) / item.duration}%`;
    box.append(make("span", { class: "where" }, mark));
  }
  return box;
}

function sure(item, exact = false) {
  if (item.confidence === undefined) return null;
  const level = make("i");
  const percent = `${Math.round(item.confidence * 100)} %`;
  level.style.width = percent.replace(" ", "");
  return make("span", { class: `sure ${item.sure}`, title: `${percent} sure that this was meant` },
    item.verified === undefined ? null : make("span", { class: `tick ${item.verified ? "yes" : "no"}`, text: item.verified ? "✓ seen" : "✗ not seen" }),
    make("b", { text: exact ? `${item.sure}, ${percent}` : item.sure }), make("span", { class: "meter" }, level));
}

function momentCard(item, index) {
  const times = `${clock(item.start)} – ${clock(item.end)}`;
  const check = make("input", {
    type: "checkbox", "aria-label": `Choose ${item.name} ${times}`,
    onchange: (event) => pick(item, event.target.checked),
  });
  const button = make("button", { class: "open", type: "button", onclick: () => play(index) },
    picture(item, times, true),
    make("span", { class: "words" },
      make("span", { class: "text", text: item.text }),
      item.transcript ? make("span", { class: "said", text: `“${item.transcript}”` }) : null,
      make("span", { class: "meta" }, make("span", { class: "name", text: item.name }), sure(item)),
      make("span", { class: "meta" }, make("span", { text: folder(item.path), title: item.path }), make("span", { text: day(item.date) }))));
  const card = make("li", { class: "card" }, make("label", { class: "pick" }, check), button);
  card.dataset.key = key(item);
  return card;
}

function videoCard(item) {
  const query = new URLSearchParams({ view: "video", video: item.video });
  const odd = item.state !== "described";
  const link = make("a", { class: "open", href: `/?${query}` },
    picture(item, clock(item.duration), false),
    make("span", { class: "words" },
      make("span", { class: "name", text: item.name }),
      item.error ? make("span", { class: "said", text: item.error }) : null,
      make("span", { class: "meta" }, make("span", { text: folder(item.path), title: item.path }), make("span", { text: day(item.date) })),
      make("span", { class: "meta" },
        make("span", { text: count(item.windows, "window") }),
        odd ? make("span", { class: `badge${["failed", "missing"].includes(item.state) ? " bad" : ""}`, text: item.state }) : null)));
  link.dataset.go = query.toString();
  return make("li", { class: "card" }, link);
}

// ---------------------------------------------------------------- playing

function play(index, start = true) {
  const item = shown.items[index];
  const card = at("grid").children[index];
  if (!item || !card) return;
  stop();
  const old = [...card.childNodes];
  const video = make("video", { controls: true, playsinline: true, preload: "auto", "aria-label": `${item.name} from ${clock(item.start)}` });
  const trouble = make("p", { class: "trouble", role: "alert", hidden: true });
  const strip = makeStrip(item);
  player = { index, item, card, old, video, trouble, strip, offset: 0, made: false, whole: false, moved: false };
  const bare = (name, label, act, off) => make("button", { class: "round", type: "button", "aria-label": label, title: label, disabled: off, onclick: act }, sign(name));
  const shut = bare("close", "Close", () => { stop(); card.querySelector(".open").focus(); remember(null); });
  shut.classList.add("close");
  const choose = make("button", { class: "soft", type: "button", "aria-pressed": picked.has(key(item)), text: picked.has(key(item)) ? "Chosen" : "Choose",
    onclick: () => { pick(item, !picked.has(key(item))); choose.textContent = picked.has(key(item)) ? "Chosen" : "Choose"; choose.setAttribute("aria-pressed", picked.has(key(item))); } });
  const whole = make("button", { class: "soft", type: "button", "aria-pressed": "false", text: "Play on", title: "Do not stop at the end of the moment",
    onclick: () => { player.whole = !player.whole; whole.setAttribute("aria-pressed", player.whole); whole.textContent = player.whole ? "Stop at its end" : "Play on"; } });
  const film = make("a", { class: "soft", href: `/?view=video&video=${item.video}`, text: "Whole film" });
  film.dataset.go = `view=video&video=${item.video}`;
  card.classList.add("playing");
  card.replaceChildren(
    make("div", { class: "stage" },
      make("div", { class: "screen" }, video, trouble),
      make("div", { class: "told" },
        make("div", { class: "row" },
          bare("back", "Previous moment", () => play(index - 1), index === 0),
          bare("next", "Next moment", () => play(index + 1), index >= shown.items.length - 1), shut),
        make("h2", { text: `${item.name}  ${clock(item.start)} – ${clock(item.end)}` }),
        make("p", { class: "text", text: item.text }),
        item.transcript ? make("p", { class: "said", text: `“${item.transcript}”` }) : null,
        sure(item, true),
        make("p", { class: "path", text: [item.path, day(item.date)].filter(Boolean).join(" · ") }),
        make("div", { class: "row end" },
          make("button", { class: "soft", type: "button", text: "More like this", onclick: () => like(item) }),
          make("button", { class: "soft", type: "button", text: "Not like this", onclick: () => unlike(item) }),
          choose, whole, shown.kind === "windows" ? null : film))),
    strip.node);
  wire(item, video);
  load(item, start);
  card.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  if (start) video.focus({ preventScroll: true });
  remember(item);
  tell(`Playing ${index + 1} of ${shown.items.length}: ${item.text}`);
}

function remember(item) {
  const params = address();
  if (item) params.set("m", key(item)); else params.delete("m");
  history.replaceState(null, "", params.size ? `/?${params}` : "/");
}

function stop() {
  if (!player) return;
  const { card, old, video } = player;
  player = null;
  video.pause();
  video.removeAttribute("src");
  video.load();
  card.classList.remove("playing");
  card.replaceChildren(...old);
}

// The file itself where the browser plays it, else a film of this moment, whose time begins at 0.
function load(item, start) {
  const direct = item.play === null ? /\.(mp4|m4v|mov|webm|ogv)$/i.test(item.name) : item.play.startsWith(item.media);
  player.start = start;
  if (direct) {
    player.offset = 0;
    player.video.src = item.media;
  } else loadClip(item.start);
}

function loadClip(from) {
  const { item, whole } = player;
  const end = whole || from >= item.end ? Math.min(item.duration || from + 120, from + 120) : item.end;
  player.made = true;
  player.offset = from;
  player.video.src = `/api/clips/${item.video}?start=${from.toFixed(3)}&end=${Math.max(end, from + 0.5).toFixed(3)}`;
}

function wire(item, video) {
  const mine = player;
  const alive = () => player === mine;
  video.addEventListener("loadedmetadata", () => {
    if (!alive()) return;
    if (!video.videoWidth && !mine.made) return loadClip(item.start); // sound only: an unknown codec
    if (!mine.made) video.currentTime = mine.seek ?? item.start;
    if (mine.start) video.play().catch(() => {});
  });
  video.addEventListener("error", () => {
    if (!alive() || !video.getAttribute("src")) return;
    if (!mine.made) return loadClip(mine.seek ?? item.start);
    mine.trouble.textContent = "This film cannot be played here: is its file still there? VLC may play it.";
    mine.trouble.hidden = false;
  });
  video.addEventListener("seeking", () => {
    // Whoever seeks out of the moment wants to see more than it.
    if (alive() && mine.ready && !mine.made && (video.currentTime < item.start - 0.5 || video.currentTime > item.end + 0.5)) mine.whole = true;
  });
  video.addEventListener("seeked", () => { mine.ready = true; });
  video.addEventListener("ended", () => alive() && (mine.made && mine.whole ? loadClip(mine.offset + video.duration) : next()));
  const watch = () => {
    if (!alive()) return;
    const now = video.currentTime + mine.offset;
    mine.strip.move(now);
    if (!mine.whole && !video.paused && now >= item.end && !video.seeking) next();
    requestAnimationFrame(watch);
  };
  requestAnimationFrame(watch);
}

function next() {
  const { index, video } = player;
  video.pause();
  if (index + 1 < shown.items.length) play(index + 1);
  else tell("That was the last moment.");
}

function seekTo(seconds) {
  const { video, made, item } = player;
  player.whole = seconds < item.start || seconds >= item.end ? true : player.whole;
  player.start = true;
  if (made) return loadClip(seconds);
  player.seek = seconds;
  video.currentTime = seconds;
  video.play().catch(() => {});
}

function makeStrip(item) {
  const long = Math.max(item.duration, item.end, 1);
  const frames = make("div", { class: "frames" });
  const many = innerWidth < 700 ? 6 : 12;
  for (let i = 0; i < many; i++) {
    const image = make("img", { src: `${thumbnailOf(item, (long * (i + 0.5)) / many)}?edge=256`, alt: "", loading: "lazy", decoding: "async" });
    image.addEventListener("error", () => image.remove());
    frames.append(image);
  }
  const marks = make("div", { class: "marks" });
  const place = (mark, start, end) => {
    mark.style.left = `${(100 * start) / long}%`;
    mark.style.width = `${(100 * (end - start)) / long}%`;
    return mark;
  };
  for (const other of shown.kind === "moments" ? shown.items : []) {
    if (other.video === item.video && other !== item) marks.append(place(make("i", { class: "other" }), other.start, other.end));
  }
  const bar = make("div", { class: "head" });
  const what = make("span");
  const range = make("input", {
    type: "range", min: 0, max: Math.floor(long), step: 1, value: Math.floor(item.start), "aria-label": "Place in the whole film",
    onchange: (event) => seekTo(Number(event.target.value)),
  });
  range.addEventListener("input", () => { const window = windowAt(Number(range.value)); what.textContent = window ? window.text : ""; });
  range.addEventListener("mousemove", (event) => {
    const box = range.getBoundingClientRect();
    const window = windowAt((long * (event.clientX - box.left)) / box.width);
    what.textContent = window ? `${clock(window.start)} ${window.text}` : "";
  });
  range.addEventListener("mouseleave", () => { what.textContent = ""; });
  const list = make("ol");
  const all = make("details", { class: "windows" }, make("summary", { text: "All that happens in this film" }), list);
  let windows = shown.kind === "windows" ? shown.items : [];
  const windowAt = (s) => windows.find((w) => w.start <= s && s < w.end);
  const fillWindows = () => {
    marks.prepend(...windows.slice(0, 600).map((w) => place(make("i"), w.start, w.end)));
    list.replaceChildren(...windows.map((w) => make("li", {}, make("button", { type: "button", onclick: () => seekTo(w.start) },
      make("span", { text: clock(w.start) }), make("span", { text: w.text })))));
  };
  if (windows.length) fillWindows();
  else fetched(`/api/videos/${item.video}`).then((video) => { windows = video.described; fillWindows(); }).catch(() => { all.hidden = true; });
  marks.append(place(make("i", { class: "now" }), item.start, item.end));
  const node = make("div", { class: "strip" },
    make("div", { class: "film" }, frames, marks, bar, range),
    make("div", { class: "scale" }, make("span", { text: "0:00" }), what, make("span", { text: clock(long) })), all);
  let last = -1;
  return {
    node,
    move(now) {
      bar.style.left = `${Math.min(100, (100 * now) / long)}%`;
      if (Math.floor(now) !== last && document.activeElement !== range) range.value = last = Math.floor(now);
      range.setAttribute("aria-valuetext", clock(now));
    },
  };
}

// ---------------------------------------------------------------- filters

function renderChips(params) {
  const names = { in: "in", not_in: "not in", not: "not", like: "like", after: "since", before: "before", min_length: "at least", max_length: "at most", min_confidence: "sure from" };
  const chips = [];
  for (const [name, value] of params) {
    if (!(name in names)) continue;
    const what = { like: `the moment at ${clock(Number(value.split("@")[1]))}`, min_confidence: `${Math.round(value * 100)} %` }[name] ?? value;
    const text = name === "min_confidence" && Number(value) === 0 ? "unsure ones too" : `${names[name]} ${what}`;
    chips.push(make("li", { class: "chip" }, make("span", { text, title: text }),
      make("button", { type: "button", "aria-label": `Remove ${text}`, text: "×", onclick: () => go(without(params, name, value)) })));
  }
  at("chips").replaceChildren(...chips);
}

function without(params, name, value) {
  const kept = new URLSearchParams();
  for (const [n, v] of params) if ((n !== name || v !== value) && n !== "m") kept.append(n, v);
  return kept;
}

function like(item) {
  const params = new URLSearchParams();
  for (const [name, value] of address()) if (["in", "not_in", "after", "before", "min_length", "max_length"].includes(name)) params.append(name, value);
  params.set("like", `${item.video}@${((item.start + item.end) / 2).toFixed(3)}`);
  return go(params);
}

function unlike(item) {
  const params = onlyQuestion(address());
  if (!asksSomething(params)) return like(item);
  params.append("not", item.text.slice(0, 300));
  return go(params);
}

// ---------------------------------------------------------------- choosing, playlists

function pick(item, on) {
  if (on) picked.set(key(item), item); else picked.delete(key(item));
  showPicked();
}

function showPicked() {
  at("chosen").hidden = !picked.size;
  at("chosen-text").textContent = `${count(picked.size, "moment")} chosen`;
  document.body.classList.toggle("choosing", picked.size > 0);
  at("download").textContent = picked.size ? `Download ${picked.size} chosen` : "Download all";
  at("vlc").textContent = picked.size ? `Open ${picked.size} in VLC` : "Open in VLC";
  for (const card of at("grid").children) {
    const on = picked.has(card.dataset.key);
    card.classList.toggle("picked", on);
    const box = card.querySelector(".pick input") || (player?.card === card && player.old[0].querySelector("input"));
    if (box) box.checked = on;
  }
  // What is chosen elsewhere can be had too: the tools go where the count is.
  const home = picked.size ? at("chosen") : at("actions");
  if (at("deliver").parentElement !== home) home.insertBefore(at("deliver"), picked.size ? at("clear") : null);
  if (picked.size) at("deliver").hidden = false;
  else at("deliver").hidden = shown.kind === "videos";
}

function chosen() {
  const items = picked.size ? [...picked.values()] : shown.items;
  const title = at("q").value || shown.video?.name || "Scenelist";
  return {
    title, format: at("format").value,
    moments: items.slice(0, 500).map((m) => ({ video: m.video, start: m.start, end: m.end, text: m.text })),
  };
}

async function download() {
  const reply = await post("/api/playlist", chosen());
  const name = decodeURIComponent(reply.headers.get("content-disposition").split("filename*=UTF-8''")[1] || "moments");
  const link = make("a", { href: URL.createObjectURL(await reply.blob()), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  const left = Number(reply.headers.get("x-left-out"));
  tell(left ? `${name}: ${count(left, "moment")} left out, their files are missing.` : `${name} is on its way.`);
}

async function openPlayer() {
  const reply = await (await post("/api/play", chosen())).json();
  tell(`${count(reply.moments, "moment")} opened in the player.`);
}

function trying(work) {
  return () => work().catch((error) => error.status === 401 || mistake(error.message));
}

// ---------------------------------------------------------------- a model that looks

async function verify() {
  const number = asked;
  at("verify").disabled = true;
  tell("The model looks at the moments again.");
  try {
    const query = onlyQuestion(shown.params);
    const reply = await fetched(`/api/verify?${query}`);
    if (number !== asked) return;
    const seen = new Map(reply.moments.map((m) => [key(m), m]));
    for (const item of shown.items) if (seen.get(key(item))?.verified !== null) item.verified = seen.get(key(item))?.verified;
    stop();
    fill(shown.items, 0);
    tell(`${shown.items.filter((m) => m.verified).length} confirmed.`);
  } finally {
    at("verify").disabled = false;
  }
}

async function ask() {
  const number = asked;
  at("ask").disabled = true;
  tell("The model looks at the moments.");
  try {
    const { answers, unseen } = await fetched(`/api/ask?${onlyQuestion(shown.params)}`);
    if (number !== asked) return;
    const sure = (a) => (a.probability === null ? "" : `, ${Math.round(a.probability * 100)} % sure`);
    const said = answers.length ? [] : ["The model cannot tell from these moments."];
    at("answers").hidden = false;
    at("answers").replaceChildren(
      ...answers.map((a) =>
        make("li", {}, make("p", { text: a.answer }), make("p", { class: "path", text: `${a.name}, ${clock(a.start)}${sure(a)}` }))),
      ...[...said, ...unseen].map((text) => make("li", {}, make("p", { text }))));
    tell(answers[0]?.answer || "The model cannot tell.");
  } finally {
    at("ask").disabled = false;
  }
}

// ---------------------------------------------------------------- saved searches, in this browser

function saved() {
  try {
    const kept = JSON.parse(localStorage.getItem("scenelist.saved") || "[]");
    return Array.isArray(kept) ? kept.filter((s) => typeof s === "string") : [];
  } catch {
    return [];
  }
}

function keep(list) {
  try { localStorage.setItem("scenelist.saved", JSON.stringify(list.slice(0, 100))); } catch { /* private window */ }
}

function renderStar(params) {
  const star = at("star");
  const text = onlyQuestion(params).toString();
  const on = saved().includes(text);
  star.hidden = !asksSomething(params);
  star.setAttribute("aria-pressed", on);
  star.title = on ? "Forget this search" : "Save this search";
  star.setAttribute("aria-label", star.title);
  star.onclick = () => {
    keep(on ? saved().filter((s) => s !== text) : [text, ...saved()]);
    tell(on ? "Forgotten." : "Saved: it stands on the first page.");
    renderStar(params);
  };
}

// `kept` are those that the library keeps: they cannot be forgotten here.
function renderSaved(kept = []) {
  const list = saved();
  at("saved").hidden = !list.length && !kept.length;
  const named = kept.map(({ name, query }) => make("li", { class: "chip" },
    make("button", { type: "button", class: "name-button", title: query, text: `@${name}`, onclick: () => go(new URLSearchParams({ q: query })) })));
  at("saved-list").replaceChildren(...named, ...list.map((text) => {
    const params = new URLSearchParams(text);
    const name = [params.get("q"), ...MANY.flatMap((n) => params.getAll(n).map((v) => (n === "like" ? "like a moment" : `${n.replace("_", " ")} ${v}`)))].filter(Boolean).join(" · ");
    return make("li", { class: "chip" },
      make("button", { type: "button", class: "name-button", text: name, onclick: () => go(params) }),
      make("button", { type: "button", "aria-label": `Forget ${name}`, text: "×", onclick: () => { keep(saved().filter((s) => s !== text)); renderSaved(kept); } }));
  }));
}

// ---------------------------------------------------------------- the state of the library

function setState(kind, text) {
  at("state").className = `state ${kind}`;
  at("state-text").textContent = text;
}

async function refresh() {
  if (!document.hidden) {
    try {
      facts = await fetched("/api/status");
      showFacts();
    } catch (error) {
      if (error.status && error.status !== 401) setState("away", "no library");
    }
  }
  setTimeout(refresh, facts?.run.writing ? 4_000 : 20_000);
}

const lasting = (seconds) => (seconds < 172_800 ? clock(seconds) : `${(seconds / 86_400).toFixed(1)} days`);

function progressOf(run) {
  const done = `${hours(run.video_seconds_done)} done${run.video_seconds_left === null ? "" : `, ${hours(run.video_seconds_left)} to go`}`;
  const left = run.seconds_left === null ? "" : `${run.sure ? "" : "about "}${lasting(run.seconds_left)} left`;
  return [run.quick_pass ? "a quick pass" : "", `${run.files_done} of ${run.files} files`, run.name, done, left, `${run.speed.toFixed(1)}x real time`].filter(Boolean).join(" · ");
}

function showFacts() {
  const { run, features } = facts;
  const pace = run.windows_per_minute >= 1 ? `, ${Math.round(run.windows_per_minute)} a minute` : "";
  const left = run.progress?.seconds_left != null ? `, ${run.progress.sure ? "" : "about "}${lasting(run.progress.seconds_left)} left` : "";
  setState(run.writing ? "busy" : "", run.writing ? `Indexing: ${count(facts.windows, "window")}${left || pace}` : `${count(facts.files, "video")}, ${hours(facts.video_seconds)}`);
  at("vlc").hidden = !features.open_in_player;
  at("sign-out").hidden = !features.sign_out;
  const format = at("format");
  if (!format.childElementCount) format.append(...facts.formats.map((f) => make("option", { value: f.name, text: `${f.name} (${f.suffix})` })));
  const rows = [
    ["Videos", `${facts.files} (${Object.entries(facts.states).map(([s, n]) => `${n} ${s}`).join(", ") || "none"})`],
    ["Length", hours(facts.video_seconds)], ["Windows", facts.windows.toLocaleString()],
    ["Described by", Object.keys(facts.models).join(", ") || "–"], ["Embedder", facts.embedder.split("/").pop()],
    ["Now", run.writing ? `writing${pace}` : "nothing is being indexed"],
    ...(run.progress ? [["Run", progressOf(run.progress)]] : []),
    ...(run.unfinished.length ? [["Unfinished", run.unfinished.join(", ")]] : []), ["Scenelist", facts.version],
  ];
  const list = make("dl");
  for (const [name, value] of rows) list.append(make("dt", { text: name }), make("dd", { text: value }));
  at("state-panel").replaceChildren(list);
  const moments = shown.kind === "moments" && shown.items.length > 0;
  at("verify").hidden = !(features.verify && moments);
  at("ask").hidden = !(features.ask && moments);
}

function askForToken() {
  if (!at("sign-in").open) at("sign-in").showModal();
}

async function signIn(event) {
  event.preventDefault();
  try {
    await post("/api/sign-in", { token: at("token").value });
    location.reload();
  } catch (error) {
    at("sign-in-mistake").textContent = error.message;
    at("token").select();
  }
}

// ---------------------------------------------------------------- hands

function toggle(button, panel) {
  const open = at(panel).hidden;
  at(panel).hidden = !open;
  at(button).setAttribute("aria-expanded", open);
  if (open && panel === "filters") at(panel).querySelector("input").focus();
}

at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const params = onlyQuestion(address());
  params.delete("min_confidence");
  if (params.get("sort") in VIDEO_ORDERS) params.delete("sort");
  params.delete("q");
  const all = new URLSearchParams();
  if (at("q").value.trim()) all.set("q", at("q").value.trim());
  for (const [name, value] of params) all.append(name, value);
  go(all);
});
at("q").addEventListener("scroll", () => { at("mirror").scrollLeft = at("q").scrollLeft; });
at("q").addEventListener("input", () => { if (at("mistake").textContent) mistake(""); });
at("filters").addEventListener("submit", (event) => {
  event.preventDefault();
  const params = address();
  params.delete("m");
  for (const [name, value] of new FormData(at("filters"))) {
    if (!value.trim()) continue;
    if (MANY.includes(name)) params.append(name, value.trim()); else params.set(name, value.trim());
  }
  at("filters").reset();
  toggle("more-filters", "filters");
  go(params);
});
at("sort").addEventListener("change", () => {
  const params = address();
  params.set("sort", at("sort").value);
  params.delete("m");
  go(params);
});
at("more").addEventListener("click", trying(() => {
  const more = shown.kind === "videos" ? showVideos : showMoments;
  return more(shown.params, asked, shown.items.length);
}));
at("more-filters").addEventListener("click", () => toggle("more-filters", "filters"));
at("state").addEventListener("click", () => toggle("state", "state-panel"));
at("download").addEventListener("click", trying(download));
at("vlc").addEventListener("click", trying(openPlayer));
at("verify").addEventListener("click", trying(verify));
at("ask").addEventListener("click", trying(ask));
at("clear").addEventListener("click", () => { picked.clear(); showPicked(); });
at("sign-in-form").addEventListener("submit", signIn);
at("sign-out").addEventListener("click", trying(async () => { await post("/api/sign-out", {}); location.assign("/"); }));
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-go]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    go(new URLSearchParams(link.dataset.go)).then(() => scrollTo(0, 0));
  }
  if (!event.target.closest("#state, #state-panel") && !at("state-panel").hidden) toggle("state", "state-panel");
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || at("sign-in").open) return;
  const writing = event.target.matches("input:not([type=checkbox]), select, textarea");
  if (event.key === "Escape") {
    if (!at("state-panel").hidden) toggle("state", "state-panel");
    else if (!at("filters").hidden) { toggle("more-filters", "filters"); at("more-filters").focus(); }
    else if (player) player.card.querySelector(".close").click();
  } else if (writing) return;
  else if (event.key === "/") { event.preventDefault(); at("q").focus(); at("q").select(); }
  else if (!player) return;
  else if (event.key === "ArrowRight" || event.key === "n") { event.preventDefault(); play(player.index + 1); }
  else if (event.key === "ArrowLeft" || event.key === "p") { event.preventDefault(); play(player.index - 1); }
  else if (event.key === "x") pick(player.item, !picked.has(key(player.item)));
  else if (event.key === " " && !event.target.matches("button, summary, a, video")) {
    event.preventDefault();
    if (player.video.paused) player.video.play(); else player.video.pause();
  }
}, true);
addEventListener("popstate", render);

render();
refresh();
