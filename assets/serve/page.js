"use strict";
const KOREAN = {
  running: "실행 중", connecting: "연결하는 중", lost: "끊김", ended: "끝남", failed: "실패",
  events: "일어난 일", none: "아직 일어난 일이 없습니다.", away: "서버와 연결이 끊겼습니다. 다시 연결하는 중입니다.",
  fps: "초당 {n}장", rested: "변화 없어 쉰 비율 {n}%", age: "지연 {n} ms", enlarge: "{n} 크게 보기",
  crossed: "선을 넘음", entered: "들어옴", left: "나감", dwelt: "머무름", appeared: "나타남", stayed: "계속 있음",
  gone: "사라짐", moved: "동작", "stream lost": "영상 끊김", "stream back": "영상 돌아옴",
};
const ENGLISH = {
  events: "Events", none: "Nothing has happened yet.", away: "The server is away; connecting again.",
  fps: "{n} a second", rested: "{n}% rested", age: "{n} ms old", enlarge: "Enlarge {n}",
};
const korean = navigator.language.startsWith("ko"), words = korean ? KOREAN : ENGLISH;
document.documentElement.lang = korean ? "ko" : "en";
const word = (key, n) => (words[key] ?? key).replace("{n}", n);
const byId = id => document.getElementById(id), cards = new Map();
const MOST_EVENTS = 100;

function make(tag, parent, text, name) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (name) made.className = name;
  parent.append(made);
  return made;
}

function addStream(name) {
  if (cards.has(name)) return;
  const card = make("article", byId("streams")), button = make("button", card), picture = make("img", button);
  button.setAttribute("aria-label", word("enlarge", name));
  button.onclick = () => card.classList.toggle("large");
  picture.alt = name;
  picture.src = `streams/${encodeURIComponent(name)}.mjpeg`;
  picture.onerror = () => setTimeout(() => { picture.src = `streams/${encodeURIComponent(name)}.mjpeg?again=${Date.now()}`; }, 2000);
  const facts = make("div", card, undefined, "facts");
  make("b", facts, name);
  cards.set(name, { state: make("span", facts), figures: make("span", facts, "", "quiet"), counts: make("div", card, undefined, "counts") });
}

function showFacts(name, facts) {
  addStream(name);
  const card = cards.get(name);
  card.state.textContent = facts.error ? `${word(facts.state)}: ${facts.error}` : word(facts.state);
  card.state.className = facts.state === "running" || facts.state === "ended" ? "good" : "bad";
  const figures = [word("fps", facts.fps.toFixed(1)), word("age", Math.round(facts.age_p95_ms))];
  if (facts.rested > 0) figures.push(word("rested", Math.round(100 * facts.rested)));
  card.figures.textContent = figures.join(" · ");
}

function update(news) {
  showFacts(news.stream, news.facts);
  const card = cards.get(news.stream);
  card.counts.replaceChildren();
  for (const [name, count] of Object.entries(news.counts)) {
    const one = make("span", card.counts, `${name} `);
    make("strong", one, count);
  }
}

function addEvent(event) {
  if (byId("events").dataset.empty) { byId("events").replaceChildren(); delete byId("events").dataset.empty; }
  const time = new Date(event.time_s * 1000).toLocaleTimeString(document.documentElement.lang);
  const what = [event.stream, event.rule, event.label, word(event.kind)].filter(Boolean).join(" · ");
  const line = document.createElement("li");
  line.textContent = `${time}  ${what}`;
  byId("events").prepend(line);
  while (byId("events").children.length > MOST_EVENTS) byId("events").lastChild.remove();
}

function connect() {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
  socket.onmessage = message => {
    const news = JSON.parse(message.data);
    if (news.type === "site") {
      byId("state").textContent = "";
      document.title = news.name;
      document.querySelector("h1").textContent = news.name;
      news.streams.forEach(addStream);
    } else if (news.type === "update") update(news);
    else if (news.type === "facts") Object.entries(news.streams).forEach(([name, facts]) => showFacts(name, facts));
    else if (news.type === "event") addEvent(news);
  };
  socket.onclose = () => { byId("state").textContent = word("away"); setTimeout(connect, 2000); };
}

byId("events-title").textContent = word("events");
byId("events").dataset.empty = "yes";
make("li", byId("events"), word("none"), "quiet");
connect();
