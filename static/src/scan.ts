// Reading a QR code with the camera of a phone into a field that takes the
// same code typed. A page without a camera, without permission or without
// scripts still has the field.
//
// <div data-scan="FIELD" data-decoder="/static/decoder-….js" hidden> holds a
// button [data-scan-start], a button [data-scan-stop], a <video> and a line
// [data-scan-says] for what went wrong. What was read is put into the field;
// then the div sends the event "scanned" (detail: the text). Unless someone
// prevents that, a div with data-send submits the form. With data-again the
// camera comes up by itself on the page for the next person, until it is closed.

type Decode = (image: { width: number; height: number; data: Uint8ClampedArray }) => string;
type Detector = { detect(source: CanvasImageSource): Promise<{ rawValue: string }[]> };
declare global {
  interface Window {
    juwuDecode?: Decode;
    BarcodeDetector?: { new (o: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> };
  }
}

/** Between two looks: quick for a hand, gentle on a battery. */
const EVERY_MS = 150;
/** The longer side of the picture that our own decoder looks at. */
const LOOK_PX = 720;

export async function reader(decoder: string): Promise<(video: HTMLVideoElement) => Promise<string>> {
  const own = window.BarcodeDetector;
  if (own && (await own.getSupportedFormats()).includes("qr_code")) {
    const detector = new own({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video))[0]?.rawValue ?? "";
  }
  if (!window.juwuDecode) await load(decoder);
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true })!;
  return async (video) => {
    const scale = Math.min(1, LOOK_PX / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    pen.drawImage(video, 0, 0, canvas.width, canvas.height);
    try {
      return window.juwuDecode!(pen.getImageData(0, 0, canvas.width, canvas.height));
    } catch {
      return ""; // no code in the picture
    }
  };
}

function load(address: string): Promise<void> {
  return new Promise((done, fail) => {
    const s = document.createElement("script");
    s.src = address;
    s.onload = () => done();
    s.onerror = () => fail(new Error("decoder"));
    document.head.append(s);
  });
}

/** The code inside what was read: our own addresses carry it as ?c=. */
export function codeIn(text: string): string {
  try {
    const url = new URL(text);
    return url.searchParams.get("c") ?? text;
  } catch {
    return text;
  }
}

function prepare(box: HTMLElement): void {
  const field = document.getElementById(box.dataset.scan ?? "") as HTMLInputElement | null;
  const start = box.querySelector<HTMLButtonElement>("[data-scan-start]");
  const stop = box.querySelector<HTMLButtonElement>("[data-scan-stop]");
  const video = box.querySelector("video");
  const says = box.querySelector<HTMLElement>("[data-scan-says]");
  if (!field || !start || !stop || !video || !says || !navigator.mediaDevices?.getUserMedia) return;
  box.hidden = false;
  const again = "again" in box.dataset ? "juwu.scan." + location.pathname : "";
  let stream: MediaStream | undefined;
  const close = () => {
    stream?.getTracks().forEach((t) => t.stop());
    stream = undefined;
    video.srcObject = null;
    video.hidden = stop.hidden = true;
    start.hidden = false;
  };
  stop.addEventListener("click", () => {
    sessionStorage.removeItem(again);
    close();
  });
  window.addEventListener("pagehide", close);
  const open = async (seen = "") => {
    says.hidden = true;
    start.hidden = true;
    if (again) sessionStorage.setItem(again, seen);
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      video.hidden = stop.hidden = false;
      await video.play();
      const read = await reader(box.dataset.decoder!);
      await look(box, field, video, read, () => stream !== undefined, close, seen);
    } catch {
      sessionStorage.removeItem(again);
      close();
      says.hidden = false;
    }
  };
  start.addEventListener("click", (e) => void open(e.isTrusted ? "" : (sessionStorage.getItem(again) ?? "")));
  // The card of the person before is often still in the picture: it is not read twice.
  const before = sessionStorage.getItem(again);
  if (again && !field.value && before !== null) void open(before);
  box.addEventListener("scanned", (e) => again && sessionStorage.setItem(again, (e as CustomEvent<string>).detail));
}

async function look(box: HTMLElement, field: HTMLInputElement, video: HTMLVideoElement, read: (v: HTMLVideoElement) => Promise<string>, open: () => boolean, close: () => void, last: string): Promise<void> {
  while (open()) {
    const text = video.videoWidth > 0 ? await read(video) : "";
    if (text && text !== last) {
      last = text; // one code held still is read once
      field.value = codeIn(text);
      field.dispatchEvent(new Event("input", { bubbles: true }));
      const go = box.dispatchEvent(new CustomEvent("scanned", { detail: text, bubbles: true, cancelable: true }));
      if (go && !("keep" in box.dataset)) close();
      if (go && "send" in box.dataset) field.form?.requestSubmit();
    }
    await new Promise((next) => setTimeout(next, EVERY_MS));
  }
}

document.querySelectorAll<HTMLElement>("[data-scan]").forEach(prepare);
