// Photos are made smaller before they are sent: a phone takes 8 MB where a
// 1600-pixel JPEG of 400 KB shows the same broken lamp. The server checks and
// re-encodes whatever arrives; where this fails the original goes.

const QUALITY = 0.85;
const working = new Map<HTMLFormElement, Promise<unknown>>();

async function shrink(file: File, most: number): Promise<File> {
  if (!/^image\/(jpeg|png|webp|heic|heif)$/.test(file.type)) return file;
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, most / Math.max(image.width, image.height));
    if (scale === 1 && file.type === "image/jpeg" && file.size < 600_000) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    const pen = canvas.getContext("2d")!;
    pen.fillStyle = "#fff"; // transparent PNGs would turn black
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    image.close();
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.[^.]*$/, "") + ".jpg", { type: "image/jpeg" });
  } catch {
    return file;
  }
}

async function shrinkAll(input: HTMLInputElement): Promise<void> {
  const chosen = [...(input.files ?? [])];
  const most = Number(input.dataset.shrink) || 1600;
  const smaller = new DataTransfer();
  for (const f of chosen) smaller.items.add(await shrink(f, most));
  // The person may have chosen again meanwhile; their last choice counts.
  if ([...(input.files ?? [])].every((f, i) => f === chosen[i])) input.files = smaller.files;
}

document.addEventListener("change", (e) => {
  const input = e.target as HTMLInputElement;
  if (!input.form || !("shrink" in input.dataset)) return;
  const form = input.form;
  const job: Promise<unknown> = (working.get(form) ?? Promise.resolve()).then(() => shrinkAll(input)).catch(() => undefined);
  working.set(form, job);
  void job.then(() => working.get(form) === job && working.delete(form));
});

document.addEventListener(
  "submit",
  (e) => {
    const form = e.target as HTMLFormElement;
    const job = working.get(form);
    if (!job) return;
    e.preventDefault();
    e.stopImmediatePropagation();
    const by = e.submitter;
    void job.then(() => (form.requestSubmit ? form.requestSubmit(by) : form.submit()));
  },
  true,
);
