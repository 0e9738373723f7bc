// Black boxes over a receipt. Boxes are kept in thousandths of the image and
// posted; the server burns them in and throws the original away, so nothing
// drawn here is the protection itself.

type Box = { x: number; y: number; w: number; h: number };

const NS = "http://www.w3.org/2000/svg";
const SMALLEST = 8;
const clamp = (n: number, low: number, high: number) => Math.max(low, Math.min(high, Math.round(n)));

class Blackout {
  private boxes: Box[];
  private readonly svg: SVGSVGElement;
  private readonly field: HTMLInputElement;
  private start: { x: number; y: number } | null = null;
  private held: { i: number; box: Box } | null = null; // a box that a finger moves

  constructor(private readonly root: HTMLElement) {
    this.svg = root.querySelector("svg.blackout__boxes")!;
    this.field = root.querySelector("input[type=hidden]")!;
    this.boxes = parse(this.field.value);
    const stage = root.querySelector<HTMLElement>(".blackout__stage")!;
    stage.addEventListener("pointerdown", (e) => this.down(e, stage));
    stage.addEventListener("pointermove", (e) => this.move(e));
    stage.addEventListener("pointerup", () => this.up());
    // A second finger moves or zooms the picture: what the first one began goes.
    stage.addEventListener("pointercancel", () => this.cancel());
    this.svg.addEventListener("keydown", (e) => this.key(e));
    const tools = root.querySelector<HTMLElement>("[data-tools]")!;
    tools.hidden = false;
    tools.querySelector("[data-add]")!.addEventListener("click", () => this.add());
    tools.querySelector("[data-undo]")!.addEventListener("click", () => this.remove(this.boxes.length - 1));
    this.draw();
  }

  private at(e: PointerEvent): { x: number; y: number } {
    const r = this.svg.getBoundingClientRect();
    return { x: clamp((1000 * (e.clientX - r.left)) / r.width, 0, 1000), y: clamp((1000 * (e.clientY - r.top)) / r.height, 0, 1000) };
  }

  private down(e: PointerEvent, stage: HTMLElement): void {
    if (e.button !== 0 || !e.isPrimary) return;
    e.preventDefault();
    const i = [...this.svg.children].indexOf(e.target as Element);
    stage.setPointerCapture(e.pointerId);
    this.start = this.at(e);
    if (this.boxes[i]) {
      this.held = { i, box: { ...this.boxes[i] } };
      return;
    }
    this.boxes.push({ ...this.start, w: 0, h: 0 });
  }

  private move(e: PointerEvent): void {
    if (!this.start) return;
    const p = this.at(e);
    const s = this.start;
    if (this.held) {
      const b = this.held.box;
      this.boxes[this.held.i] = { ...b, x: clamp(b.x + p.x - s.x, 0, 1000 - b.w), y: clamp(b.y + p.y - s.y, 0, 1000 - b.h) };
      return this.draw();
    }
    this.boxes[this.boxes.length - 1] = { x: Math.min(p.x, s.x), y: Math.min(p.y, s.y), w: Math.abs(p.x - s.x), h: Math.abs(p.y - s.y) };
    this.draw();
  }

  private up(): void {
    if (!this.start) return;
    this.start = null;
    if (this.held) {
      this.focus(this.held.i);
      this.held = null;
      return;
    }
    const last = this.boxes[this.boxes.length - 1];
    // A tap is not a box.
    if (last && (last.w < SMALLEST || last.h < SMALLEST)) this.boxes.pop();
    this.draw();
  }

  private cancel(): void {
    if (this.held) this.boxes[this.held.i] = this.held.box;
    else if (this.start) this.boxes.pop();
    this.start = this.held = null;
    this.draw();
  }

  private add(): void {
    this.boxes.push({ x: 400, y: 450, w: 200, h: 60 });
    this.draw();
    this.focus(this.boxes.length - 1);
  }

  private remove(i: number): void {
    this.boxes.splice(i, 1);
    this.draw();
  }

  private focus(i: number): void {
    (this.svg.children[i] as SVGElement | undefined)?.focus();
  }

  private key(e: KeyboardEvent): void {
    const i = [...this.svg.children].indexOf(e.target as Element);
    const b = this.boxes[i];
    if (!b) return;
    const step = 10;
    const dx = e.key === "ArrowRight" ? step : e.key === "ArrowLeft" ? -step : 0;
    const dy = e.key === "ArrowDown" ? step : e.key === "ArrowUp" ? -step : 0;
    if (e.key === "Delete" || e.key === "Backspace") {
      e.preventDefault();
      this.remove(i);
      return this.focus(Math.min(i, this.boxes.length - 1));
    }
    if (dx === 0 && dy === 0) return;
    e.preventDefault();
    this.boxes[i] = e.shiftKey
      ? { ...b, w: clamp(b.w + dx, SMALLEST, 1000 - b.x), h: clamp(b.h + dy, SMALLEST, 1000 - b.y) }
      : { ...b, x: clamp(b.x + dx, 0, 1000 - b.w), y: clamp(b.y + dy, 0, 1000 - b.h) };
    this.draw();
    this.focus(i);
  }

  private draw(): void {
    const label = this.root.dataset.box ?? "";
    this.svg.replaceChildren(
      ...this.boxes.map((b, i) => {
        const r = document.createElementNS(NS, "rect");
        for (const [name, v] of Object.entries({ x: b.x, y: b.y, width: b.w, height: b.h })) r.setAttribute(name, String(v));
        r.setAttribute("tabindex", "0");
        r.setAttribute("role", "img");
        r.setAttribute("aria-label", label.replace("{n}", String(i + 1)));
        return r;
      }),
    );
    this.field.value = this.boxes.map((b) => [b.x, b.y, b.w, b.h].join(",")).join(";");
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function parse(text: string): Box[] {
  const boxes: Box[] = [];
  for (const part of text.split(";")) {
    const [x, y, w, h] = part.split(",").map(Number);
    if (x !== undefined && y !== undefined && w && h) boxes.push({ x, y, w, h });
  }
  return boxes;
}

for (const el of document.querySelectorAll<HTMLElement>("[data-blackout]")) new Blackout(el);
