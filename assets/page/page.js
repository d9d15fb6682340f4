"use strict";
// Runs the model of model.js on a camera, a picture or a clip. Nothing is sent anywhere, and nothing is kept.

const WORDS = {
  en: {
    private: "Runs on this device alone: no picture leaves it.",
    camera: "Camera", stop: "Stop", file: "Picture or clip…", cameras: "Which camera",
    invite: "Start the camera, or choose or drop a picture.",
    loading: "Loading the model…", ready: "Ready.", unknown: "Unknown", none: "None of these",
    speed: "{ms} ms a picture", refused: "The camera was refused: allow it in the address bar of the browser.",
    absent: "No camera was found.", busy: "The camera is used by another program.",
    unsupported: "This browser gives pages no camera here; choose a picture or a clip.",
    unreadable: "This file is no picture or clip that the browser can read.",
    failed: "The model cannot be run in this browser: {why}",
  },
  ko: {
    private: "이 기기 안에서만 실행되며, 사진은 밖으로 나가지 않습니다.",
    camera: "카메라", stop: "멈추기", file: "사진 또는 영상…", cameras: "카메라 선택",
    invite: "카메라를 켜거나 사진을 고르거나 끌어다 놓으세요.",
    loading: "모델을 불러오는 중…", ready: "준비되었습니다.", unknown: "모름", none: "해당 없음",
    speed: "사진 한 장에 {ms}ms", refused: "카메라 사용이 거부되었습니다. 브라우저 주소창에서 허용해 주세요.",
    absent: "카메라를 찾을 수 없습니다.", busy: "다른 프로그램이 카메라를 사용하고 있습니다.",
    unsupported: "이 브라우저에서는 여기서 카메라를 쓸 수 없습니다. 사진이나 영상을 고르세요.",
    unreadable: "브라우저가 읽을 수 있는 사진이나 영상이 아닙니다.",
    failed: "이 브라우저에서 모델을 실행할 수 없습니다: {why}",
  },
};

const language = (navigator.language || "en").toLowerCase().startsWith("ko") ? "ko" : "en";
const words = WORDS[language];
const $ = (id) => document.getElementById(id);
const canvas = $("picture");
const pen = canvas.getContext("2d", { willReadFrequently: true, colorSpace: "srgb" });
const video = $("video");
const SHOWN = 5;
const MOST_PX = 4096 * 4096; // what the canvas of a phone takes; a larger picture is made smaller first
let session = null;
let run = 0; // which of the camera, pictures and clips is on; another one ends the one before

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function say(text, bad = false) {
  $("state").textContent = text;
  $("state").className = bad ? "bad" : "";
}

async function load() {
  say(words.loading);
  // a page that was opened by a double click may fetch no file beside it: everything came with the scripts
  const module = new Blob([bytesOf(RUNTIME.module)], { type: "text/javascript" });
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmBinary = bytesOf(RUNTIME.wasm).buffer;
  ort.env.wasm.wasmPaths = { mjs: URL.createObjectURL(module) };
  session = await ort.InferenceSession.create(bytesOf(MODEL), { executionProviders: ["wasm"] });
  RUNTIME.module = RUNTIME.wasm = ""; // 20 MB that nobody needs any more
}

// What the model says of a picture: {probabilities, best, unknown, ms}
async function classify(image) {
  const started = performance.now();
  const { data, dims } = Preprocess.tensor(RECIPE, image);
  const feeds = { [RECIPE.input]: new ort.Tensor("float32", data, dims) };
  const scores = (await session.run(feeds))[RECIPE.output].data;
  const probabilities = probabilitiesOf(scores);
  let best = 0;
  probabilities.forEach((p, i) => { if (p > probabilities[best]) best = i; });
  const unknown = (RECIPE.reject_below !== null && probabilities[best] < RECIPE.reject_below)
    || best === RECIPE.background;
  return { probabilities, best, unknown, ms: performance.now() - started };
}

function probabilitiesOf(scores) {
  let values = Float32Array.from(scores);
  if (RECIPE.activation === "softmax") {
    const most = Math.max(...values);
    values = values.map((v) => Math.exp(v - most));
  } else if (RECIPE.activation === "sigmoid") {
    return values.map((v) => 1 / (1 + Math.exp(-v)));
  } else {
    values = values.map((v) => Math.max(v, 0));
    if (RECIPE.activation === "independent") return values.map((v) => Math.min(v, 1));
  }
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map((v) => v / sum);
}

function nameOf(i) {
  return i === RECIPE.background ? words.none : RECIPE.labels[i];
}

function show({ probabilities, best, unknown, ms }) {
  $("answer").textContent = unknown ? (best === RECIPE.background ? words.none : words.unknown) : nameOf(best);
  $("answer").className = unknown ? "unknown" : "";
  const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]).slice(0, SHOWN);
  $("classes").replaceChildren(...order.map((i) => {
    const row = document.createElement("li");
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = nameOf(i);
    const share = document.createElement("span");
    share.textContent = `${(100 * probabilities[i]).toFixed(1)} %`;
    const bar = document.createElement("span");
    bar.className = "bar";
    bar.style.width = `${100 * probabilities[i]}%`;
    row.append(name, share, bar);
    return row;
  }));
  say(words.speed.replace("{ms}", ms.toFixed(0)));
}

function draw(source, width, height) {
  const scale = Math.min(1, Math.sqrt(MOST_PX / (width * height)));
  const w = Math.max(1, Math.round(width * scale));
  const h = Math.max(1, Math.round(height * scale));
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  pen.fillStyle = "#fff"; // what a transparent picture stands on, as in the program
  pen.fillRect(0, 0, w, h);
  pen.drawImage(source, 0, 0, w, h);
  $("invite").textContent = "";
  return pen.getImageData(0, 0, w, h, { colorSpace: "srgb" });
}

function halt() {
  run += 1;
  if (video.srcObject) video.srcObject.getTracks().forEach((track) => track.stop());
  if (video.src) URL.revokeObjectURL(video.src);
  video.srcObject = null;
  video.removeAttribute("src");
  $("camera").textContent = words.camera;
  $("cameras").hidden = true;
}

async function follow() {
  const mine = run;
  while (run === mine) {
    if (video.readyState >= 2 && video.videoWidth) {
      const said = await classify(draw(video, video.videoWidth, video.videoHeight));
      if (run === mine) show(said);
    }
    await new Promise((next) => (document.hidden ? setTimeout(next, 250) : requestAnimationFrame(next)));
  }
}

async function startCamera(deviceId) {
  halt();
  if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return say(words.unsupported, true);
  const mine = run;
  let stream;
  try {
    const wanted = deviceId ? { deviceId: { exact: deviceId } } : { width: { ideal: 1280 } };
    stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  } catch (error) {
    const why = { NotAllowedError: words.refused, NotFoundError: words.absent, NotReadableError: words.busy };
    return say(why[error.name] || `${words.absent} (${error.name})`, true);
  }
  if (run !== mine) return stream.getTracks().forEach((track) => track.stop());
  video.srcObject = stream;
  $("camera").textContent = words.stop;
  await video.play();
  await listCameras(stream);
  return loop();
}

async function listCameras(stream) {
  const found = (await navigator.mediaDevices.enumerateDevices()).filter((d) => d.kind === "videoinput");
  const current = stream.getVideoTracks()[0].getSettings().deviceId;
  $("cameras").replaceChildren(...found.map((d, i) => new Option(d.label || `${i + 1}`, d.deviceId, false, d.deviceId === current)));
  $("cameras").hidden = found.length < 2;
}

async function open(file) {
  halt();
  const mine = run;
  try {
    if (file.type.startsWith("video/")) {
      video.src = URL.createObjectURL(file);
      video.loop = true;
      await video.play();
      return loop();
    }
    const picture = await createImageBitmap(file, { imageOrientation: "from-image", colorSpaceConversion: "none" });
    const said = await classify(draw(picture, picture.width, picture.height));
    if (run === mine) show(said);
  } catch (error) {
    if (run === mine) say(error.name === "InvalidStateError" || error.name === "NotSupportedError" ? words.unreadable : words.failed.replace("{why}", error.message), true);
  }
  return undefined;
}

function loop() {
  follow().catch((error) => {
    halt();
    say(words.failed.replace("{why}", error.message), true);
  });
}

function begin() {
  document.documentElement.lang = language;
  document.title = $("title").textContent = RECIPE.title;
  $("private").textContent = words.private;
  $("invite").textContent = words.invite;
  $("camera").textContent = words.camera;
  $("file").textContent = words.file;
  $("cameras").setAttribute("aria-label", words.cameras);
  $("camera").onclick = () => (video.srcObject ? halt() : startCamera());
  $("cameras").onchange = () => startCamera($("cameras").value);
  $("file").onclick = () => $("chooser").click();
  $("chooser").onchange = () => { if ($("chooser").files[0]) open($("chooser").files[0]); };
  document.ondragover = (event) => event.preventDefault();
  document.ondrop = (event) => {
    event.preventDefault();
    if (session && event.dataTransfer.files[0]) open(event.dataTransfer.files[0]);
  };
  return load().then(() => {
    $("camera").disabled = $("file").disabled = false;
    say(words.ready);
  }).catch((error) => {
    say(words.failed.replace("{why}", error.message), true);
    throw error;
  });
}

// for whoever builds on this page: `await visionApp.ready`, then `visionApp.classify(ImageData)`
window.visionApp = { ready: begin(), classify, recipe: RECIPE };
window.visionApp.ready.catch(() => {});
